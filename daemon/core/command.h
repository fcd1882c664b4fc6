/*
 * command.h: what a person can ask of a node, and what it answers. One table: the API's routes,
 * the simulator's operations and the node's handlers are generated from or checked against it.
 *
 * Before it is in a network a node takes WRITE, FOUND, JOIN and ENLIST; the rest is NOT_JOINED.
 * A command is answered by exactly one reply with its ticket, in a later or the same update, and
 * not before what it wrote is durable.
 */
#ifndef CORE_COMMAND_H
#define CORE_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/err.h"
#include "proto/base/id.h"
#include "proto/base/mem.h"
#include "proto/crypto/key.h"

/* X(name, member of the union, what it does) */
#define COMMAND_TABLE(X)                                                                       \
    X(FOUND, found, "found a network with this school as hub and only steward")                \
    X(JOIN, join, "ask the stewards of an invite to admit this school")                        \
    X(ENLIST, enlist, "become one more device of a school that is a member")                   \
    X(INVITE_CREATE, invite_create, "make an invite code")                                     \
    X(INVITE_VOID, invite_void, "make an invite worthless")                                    \
    X(APPROVE, request, "admit the school of an open request")                                 \
    X(DENY, request, "drop an open request")                                                   \
    X(WRITE, write, "put revisions into the log, for their audiences")                         \
    X(ERASE, erase, "erase payloads of this school's own envelopes")                           \
    X(HIDE, hide, "hide or show again a network record")                                       \
    X(DEVICE_REMOVE, device_remove, "end a device")                                            \
    X(ROLE, role, "give or take a role")                                                       \
    X(ASSENT, assent, "agree to another steward's act")                                        \
    X(SCHOOL_REMOVE, school_remove, "end a school's membership")                               \
    X(LEAVE, leave, "leave the network")                                                       \
    X(ROOT_ROTATE, root_rotate, "replace a school's root key")                                 \
    X(HUB_SUCCESSION, hub_succession, "hand the hub's role to another school")                 \
    X(SPACE_NEW, space_new, "propose a group: two buddies")                                    \
    X(SPACE_ACCEPT, space, "accept a group, or to carry a space")                              \
    X(SPACE_LEAVE, space, "leave a group, or stop carrying a space")                           \
    X(CARRIERS, carriers, "name who carries a space")                                          \
    X(ROTATE, space, "make a new epoch of a space now")                                        \
    X(SYNC, sync, "call peers now")                                                            \
    X(BUNDLE_WRITE, bundle_write, "write what others lack into a file")                        \
    X(BUNDLE_READ, bundle_read, "take in what a file holds")                                   \
    X(ADDRESSES, addresses, "say where this device can be reached")                            \
    X(PIECE_PUT, piece_put, "keep a piece of a file")                                          \
    X(PIECE_GET, piece, "read a piece of a file, from a peer if it is not here")               \
    X(PIECE_DROP, piece_drop, "forget pieces of files")                                        \
    X(MEND, mend, "fetch again a payload that the disk lost")

enum command_kind {
#define X(name, member, text) COMMAND_##name,
    COMMAND_TABLE(X)
#undef X
        COMMAND_COUNT
};

/* "FOUND" and so on. */
const char *command_name(enum command_kind kind);

/* The classes of DESIGN 4.3, in order of width; a reader sees the narrowest it holds. */
enum audience_class {
    AUDIENCE_OWN = 2,
    AUDIENCE_HUB = 3,
    AUDIENCE_GROUP = 4,
    AUDIENCE_NETWORK = 1,
};

struct audience {
    enum audience_class class;
    struct space_id group; /* AUDIENCE_GROUP */
};

/* The root key of the acting school, present only while the command runs. */
struct command_found {
    const char *network_name;
    const char *school_name;
    struct root_pk root_pk;
    struct root_sk root_sk;
    struct recovery_pk recovery_pk;
};

struct command_join {
    const char *code; /* the invite, as text */
    const char *school_name;
    struct root_pk root_pk;
    struct root_sk root_sk;
    struct recovery_pk recovery_pk;
};

struct command_enlist {
    struct network_id network;
    struct transport_pk peer; /* any member */
    const char *address;
    struct envelope_id seen; /* the statement that made the root current */
    struct root_pk root_pk;
    struct root_sk root_sk;
};

struct command_invite_create {
    const char *note;    /* whom it is for; kept here only */
    unsigned days;       /* 1 … LIMIT_INVITE_DAYS */
    bool approve_automatically; /* demos and tests: admit the first who comes with it */
};

struct command_invite_void {
    struct invite_id invite;
};

struct command_request {
    struct invite_id invite;
};

/* A revision, encoded (proto/record), and where it goes. */
struct command_revision {
    struct audience audience;
    struct slice body; /* at most LIMIT_BODY_BYTES */
};

/* Revisions sealed in one step, at some 80 µs each: what LIMIT_STEP_CRYPTO_US allows. */
enum { COMMAND_SEALS_MAX = 64 };

struct command_write {
    /* Parents first; all or nothing. More than COMMAND_SEALS_MAX for OWN are sealed later. */
    const struct command_revision *revisions;
    size_t n;
};

/* One envelope of this school to erase: its place, and what the fold of its record still needs. */
struct command_erase_item {
    struct chain chain;
    uint64_t seq;
    struct record_id record;
    struct revision_id revision;
    struct edit_id edit;
    uint64_t lamport;
    const struct revision_id *parents;
    size_t parents_n; /* at most LIMIT_REVISION_PARENTS */
};

struct command_erase {
    const struct command_erase_item *items;
    size_t n;
};

struct command_hide {
    struct school_id owner;
    struct record_id record;
    bool hidden;
};

struct command_device_remove {
    struct device_pk device;
    const struct root_sk *root_sk; /* NULL: by this device's own right */
};

enum role { ROLE_STEWARD = 1, ROLE_HUB = 2, ROLE_OBSERVER = 3 };

struct command_role {
    struct school_id school;
    enum role role;
    bool on;
    const struct root_sk *root_sk; /* the hub's root where the act needs it; may be NULL */
};

struct command_assent {
    struct envelope_id statement;
};

struct command_school_remove {
    struct school_id school;
};

struct command_leave {
    const struct root_sk *root_sk;
};

struct command_root_rotate {
    struct school_id school; /* own; or, by stewards, one whose phrase is lost */
    struct root_pk new_root;
    struct recovery_pk new_recovery;
    const struct root_sk *root_sk; /* the old one; NULL by stewards */
};

struct command_hub_succession {
    struct school_id school;
};

struct command_space_new {
    struct school_id with;
    const char *name; /* may be empty */
};

struct command_space {
    struct space_id space;
};

struct command_carriers {
    struct space_id space;
    const struct school_id *schools;
    size_t n;
};

struct command_sync {
    bool wait; /* answer when every reachable peer was equal, or nobody was reachable */
};

struct command_bundle_write {
    bool all;                 /* everything, not only what nobody acknowledged */
    struct device_pk to;      /* zero: for any member */
};

struct command_bundle_read {
    struct slice bytes;
};

struct command_addresses {
    const char *const *addresses; /* host:port */
    size_t n;                     /* at most LIMIT_ADDRESSES */
};

struct command_piece_put {
    struct piece_id id;
    struct slice bytes; /* the ciphertext that it names */
};

struct command_piece {
    struct piece_id id;
};

struct command_mend {
    struct chain chain;
    uint64_t seq;
};

struct command_piece_drop {
    const struct piece_id *ids;
    size_t n;
};

struct command {
    enum command_kind kind;
    uint64_t ticket;
    union {
        struct command_found found;
        struct command_join join;
        struct command_enlist enlist;
        struct command_invite_create invite_create;
        struct command_invite_void invite_void;
        struct command_request request;
        struct command_write write;
        struct command_erase erase;
        struct command_hide hide;
        struct command_device_remove device_remove;
        struct command_role role;
        struct command_assent assent;
        struct command_school_remove school_remove;
        struct command_leave leave;
        struct command_root_rotate root_rotate;
        struct command_hub_succession hub_succession;
        struct command_space_new space_new;
        struct command_space space;
        struct command_carriers carriers;
        struct command_sync sync;
        struct command_bundle_write bundle_write;
        struct command_bundle_read bundle_read;
        struct command_addresses addresses;
        struct command_piece_put piece_put;
        struct command_piece piece;
        struct command_piece_drop piece_drop;
        struct command_mend mend;
    };
};

/* Borrowed until the next step. */
struct reply {
    uint64_t ticket;
    enum err err;
    const char *reason;           /* when it failed: a sentence for a person, or NULL */
    const char *text;             /* INVITE_CREATE: the code. JOIN: the four words. else NULL */
    struct envelope_id statement; /* of the act, where it is one */
    struct space_id space;        /* SPACE_NEW */
    struct slice bytes;           /* BUNDLE_WRITE: the file. PIECE_GET: the piece */
    uint64_t lseq;                /* what was written is in the log up to here */
    size_t count;                 /* revisions written, envelopes taken in or erased */
};

#endif
