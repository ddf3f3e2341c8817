"""The s3 backend: objects of a bucket that are created only if absent, and replaced only if unchanged.

::

    KEY                          the state, a copy of its newest version
    KEY.lock                     who holds the lock: written over if unchanged, never deleted
    KEY.journal/LOCKID/00000001  the records of one commit; the next number is the next commit
    KEY.history/SERIAL           a version of the state; to create it commits a write

A command that takes a lock over seals the journal of its former holder: it creates the next number itself, so
that nothing can be added behind it. A seal stays when the journal is folded, because the former holder may only be
paused: its records are refused for good, because the path carries the id of its lock.
"""
