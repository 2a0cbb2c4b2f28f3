"""One file for each memory that is compared. None but `ours` imports anything of recollect."""
