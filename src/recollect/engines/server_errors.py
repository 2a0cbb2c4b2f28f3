"""What a server's, or the driver's, error means to a caller, and what to do about it."""

from __future__ import annotations

import re

import psycopg
from psycopg import errors as refused
from psycopg_pool import PoolClosed, PoolTimeout

from ..errors import Busy, Closed, Conflict, Denied, Full, Invalid, RecollectError

AGAIN = (refused.SerializationFailure, refused.DeadlockDetected, refused.UniqueViolation)
"""Somebody else was first: the body runs again, and reads what they wrote."""

UNPREPARED = (refused.DuplicatePreparedStatement, refused.InvalidSqlStatementName)
"""A pooler stands between, and gives each transaction another connection of its own: statements cannot be prepared."""

_GONE = ("57P01", "57P02", "57P03", "57P04", "57P05", "25P03")  # the server is going down, is not up yet, or has ended the session

UNKNOWN = "the connection was lost at the commit and the server cannot be asked ({error}); read whether the call was written before you repeat it"


def translated(error: BaseException) -> BaseException:
    """The error of ours that says what the server's, or the driver's, means to a caller."""
    if not isinstance(error, (psycopg.Error, UnicodeEncodeError, OverflowError)):
        return error
    said = _said(error)
    said.__cause__ = error
    return said


def _said(error: BaseException) -> RecollectError:
    first = str(error).partition("\n")[0]
    if isinstance(error, PoolTimeout):
        return Busy("no connection was free in time: the server cannot be reached, or all of the pool are in use; raise pool_size in the URL then")
    if isinstance(error, PoolClosed):
        return Closed()
    if isinstance(error, refused.DiskFull):
        return Full("the server's disk is full; free some space there and repeat the call, nothing of it was written")
    if isinstance(error, (refused.QueryCanceled, refused.LockNotAvailable)):
        return Busy(f"the server took too long, or another writer held the same rows for too long ({first}); nothing was written, try again")
    if isinstance(error, refused.IdleInTransactionSessionTimeout):
        return Busy("this atomic block held the database for too long and was rolled back; keep blocks short")
    if isinstance(error, AGAIN[:2]):
        return Busy(f"other writers were first again and again ({first}); nothing was written, try again")
    if isinstance(error, (refused.InsufficientPrivilege, refused.ReadOnlySqlTransaction)):
        return Denied(f"the server does not allow this to this role ({first}); see docs/howto/scale-out.md for the roles")
    wrong = (refused.InvalidPassword, refused.InvalidAuthorizationSpecification, refused.InvalidCatalogName)
    if isinstance(error, wrong) or (is_lost(error) and _NOT_LET_IN.search(str(error))):
        return Denied(f"the server refused the connection ({first}); check the user, the password and the database in the URL")
    if isinstance(error, refused.IntegrityError):
        return Conflict(f"this contradicts what is stored ({first}); read the record again and decide")
    if isinstance(error, refused.ProgramLimitExceeded):
        return Invalid(f"a name is too long for the server's indexes ({first}); shorten it")
    if is_lost(error):
        return Busy(f"the server cannot be reached ({first or type(error).__name__}); nothing more was written, try again when it is back")
    return Invalid(f"the server refused a value or a statement ({first}); check what was passed")


_NOT_LET_IN = re.compile(r"FATAL: +(database|role|password|no pg_hba)")  # said before there is a code for it


def is_lost(error: BaseException) -> bool:
    """Whether the connection is gone, and with it the transaction, or what became of it."""
    if not isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)) or isinstance(error, (PoolTimeout, PoolClosed)):
        return False
    state = error.sqlstate
    return state is None or state.startswith("08") or state in _GONE
