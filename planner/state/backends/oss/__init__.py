"""The oss backend: the lock and the journal in one object that is only appended to.

::

    KEY                 the state, a copy of its newest version
    KEY.lock            the lock, its signs of life and the journal: each is appended, and says what holds from then on
    KEY.lock.2          the next such object, where the one before was long; the last entry of that one says so
    KEY.history/SERIAL  a version of the state; to create it commits a write

To append is the one condition that OSS honours in every bucket: AppendObject names the position at which it writes, and
is refused unless the object ends there. So a process that appends knows all that is there. A lock that is taken over is
one more entry; its former holder knows only of the entries before it, and can add nothing any more. At position 0 it
creates an object only where there is none. The header `x-oss-forbid-overwrite` would do that as well, but a bucket that
has versions, or had them, ignores it.

Nothing replaces or deletes `KEY.lock`: OSS knows no condition for that, so a request that comes late could destroy the
lock of the next holder. Where it has grown long, is free, and has no journal that is not in the state, an entry says
that it goes on in the next object. That is appended as any other entry, so it is fenced as well.
"""
