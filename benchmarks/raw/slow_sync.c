/* Each fsync and fdatasync takes SLOW_SYNC_US microseconds longer, as on a slower disk. For LD_PRELOAD on Linux: see benchmarks/slow_disk.py. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static int slowly(const char *name, int file)
{
    int (*sync)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    const char *longer = getenv("SLOW_SYNC_US");
    int result = sync(file);
    if (longer)
        usleep((useconds_t)atol(longer));
    return result;
}

int fsync(int file) { return slowly("fsync", file); }
int fdatasync(int file) { return slowly("fdatasync", file); }
