/*
 * err.h: every way in which a call can fail, in one table.
 *
 * Each row carries a *blame*, because the blame decides what the daemon does:
 *   PEER    what came from outside is wrong: count it, close the session, back off
 *   LOCAL   this machine cannot do it now: refuse new writes, alarm, keep serving reads
 *   CALLER  the person or program that asked can mend it: answer, and say what to do
 *
 * Programmer errors are not codes; see check.h. A function that can fail returns `enum err`
 * and is MUST_USE; its out-parameters are written only on ERR_OK. Foreign codes (errno, LMDB,
 * SQLite, libuv) are translated once, where the library is called.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum blame { BLAME_NONE, BLAME_PEER, BLAME_LOCAL, BLAME_CALLER };

/* X(name, blame, text): the text completes "it failed: …" and is fit for a person. */
#define ERR_TABLE(X)                                                                           \
    X(OK, NONE, "done")                                                                        \
    X(MALFORMED, PEER, "the data is not well formed")                                          \
    X(VERSION, PEER, "it was written by a newer Kith")                                         \
    X(TOO_BIG, PEER, "it is larger than the limit")                                            \
    X(SIGNATURE, PEER, "a signature does not hold")                                            \
    X(HASH, PEER, "the content does not match its hash")                                       \
    X(DECRYPT, PEER, "it cannot be opened with the key at hand")                               \
    X(HANDSHAKE, PEER, "the other side could not prove who it is")                             \
    X(NETWORK, PEER, "it belongs to another network")                                          \
    X(ORDER, PEER, "something that comes before it is missing")                                \
    X(FORK, PEER, "two different entries claim the same place")                                \
    X(FROZEN, PEER, "the chain is frozen, for its device contradicted itself")                 \
    X(CLIPPED, PEER, "it lies past the point where its device was cut off")                    \
    X(NOT_MEMBER, PEER, "the device is not a member here")                                     \
    X(RIGHTS, PEER, "its writer had no right to do that")                                      \
    X(CREDIT, PEER, "more was sent than was asked for")                                        \
    X(TIMEOUT, PEER, "no answer came in time")                                                 \
    X(CLOSED, PEER, "the other side closed the connection")                                    \
    X(NO_SPACE, LOCAL, "the disk is full")                                                     \
    X(IO, LOCAL, "the disk failed")                                                            \
    X(CORRUPT, LOCAL, "stored data is damaged")                                                \
    X(LOCKED, LOCAL, "another process is using the data")                                      \
    X(SYSTEM, LOCAL, "the operating system refused")                                           \
    X(NO_KEY, LOCAL, "the key for this space has not arrived")                                 \
    X(BUSY, CALLER, "too much is under way; try again in a moment")                            \
    X(NOT_FOUND, CALLER, "there is no such thing here")                                        \
    X(EXISTS, CALLER, "it exists already")                                                     \
    X(INVALID, CALLER, "the request is not valid")                                             \
    X(REFUSED, CALLER, "that is not allowed here")                                             \
    X(NOT_JOINED, CALLER, "this school has not joined a network")                              \
    X(EXPIRED, CALLER, "it has expired")                                                       \
    X(PHRASE, CALLER, "these are not the twelve words of this school")                         \
    X(LIMIT, CALLER, "a stated limit is reached")

enum err {
#define X(name, blame, text) ERR_##name,
    ERR_TABLE(X)
#undef X
        ERR_COUNT
};

#define MUST_USE __attribute__((warn_unused_result))

/* Name ("NO_SPACE"), sentence and blame of a code. Never NULL; an unknown code aborts. */
const char *err_name(enum err err);
const char *err_text(enum err err);
enum blame err_blame(enum err err);

#endif
