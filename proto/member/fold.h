/*
 * fold.h: membership as a pure function of the *set* of statements (DESIGN 4.4).
 *
 * Put statements in with fold_add, in any order; call fold_refresh; then ask. Every node that
 * holds the same set gets the same answers, whatever the order. Nothing here knows a clock, a
 * key or a signature of an envelope: the caller has checked envelope signature and payload
 * hash; signatures *inside* payloads (roots, proofs) are checked here, once, at fold_add,
 * unless the caller vouches for them.
 *
 * Pointers that queries return are borrowed until the next fold_add or fold_refresh. Queries
 * answer for the last fold_refresh (asking after an add without a refresh aborts).
 */
#ifndef MEMBER_FOLD_H
#define MEMBER_FOLD_H

#include <stdbool.h>

#include "proto/base/err.h"
#include "proto/base/id.h"
#include "proto/base/mem.h"
#include "proto/envelope/envelope.h"
#include "proto/envelope/space.h"
#include "proto/member/statement.h"

/* Raised whenever the rules change: a cache of the fold's results is for one version. */
enum { FOLD_VERSION = 2 };
/* "No limit": the chain is open. */
#define FOLD_OPEN UINT64_MAX

struct fold;

struct fold *fold_new(const struct network_id *network);
void fold_free(struct fold *fold);
const struct network_id *fold_network(const struct fold *fold);

/* ------------------------------------------------------------------------------- putting in */

enum fold_added {
    FOLD_ADDED,   /* in the set, and what waited for it too */
    FOLD_KNOWN,   /* it was held */
    FOLD_WAITS,   /* kept aside until its `seen` and prev are held; not counted */
    FOLD_FULL,    /* its device has LIMIT_STATEMENTS_WAITING waiting already: not kept */
    FOLD_REFUSED, /* type and `seen` do not decode: nobody admits it */
};

/*
 * A held statement as it came; body is copied. vouched: the signatures inside were found good
 * before, by fold_vouched, and the caller kept that where nobody else writes. With a thousand
 * schools they are most of what a start costs.
 */
struct fold_item {
    struct envelope_id id;
    struct device_pk device;
    uint64_t seq;
    struct envelope_id prev;
    struct slice body;
    bool vouched;
};
enum fold_added fold_add(struct fold *fold, const struct fold_item *item);

/* Brings every query up to date. Cheap when nothing was added. */
void fold_refresh(struct fold *fold);

/* Number of statements held (waiting ones excluded), and the i-th in causal order. */
size_t fold_count(const struct fold *fold);
bool fold_item_at(const struct fold *fold, size_t i, struct fold_item *out);
bool fold_holds(const struct fold *fold, const struct envelope_id *id);
/* Held, and the signatures inside it are good (also when there are none). */
bool fold_vouched(const struct fold *fold, const struct envelope_id *id);
bool fold_find(const struct fold *fold, const struct envelope_id *id, struct fold_item *out);
/* Statements waiting, and the ids that are wanted for them (ascending, each once). */
size_t fold_waiting(const struct fold *fold);
size_t fold_wanted(const struct fold *fold, struct envelope_id *out, size_t max);

/*
 * BLAKE2b-256("kith/1 fold\0" || FOLD_VERSION as 64 bits || counted ids, ascending): names the
 * state. "Counted" leaves out what lies past a clip of its statement chain.
 */
void fold_digest(const struct fold *fold, struct digest *out);
/* A number that changes with every refresh that saw something new: for caches of the caller. */
uint64_t fold_generation(const struct fold *fold);

/* -------------------------------------------------------------------------------- verdicts */

/* Why a statement has no effect, kept for show. X(NAME, "sentence") */
#define FOLD_VERDICT_TABLE(X)                                              \
    X(STANDS, "it stands")                                                 \
    X(PENDING, "it waits for the assent of others")                        \
    X(UNKNOWN_TYPE, "it was written by a newer Kith")                      \
    X(MALFORMED, "its body is not well formed")                            \
    X(SIGNATURE, "a signature inside it does not hold")                    \
    X(FORKED, "its device contradicted itself before it")                  \
    X(NOT_MEMBER, "only a member can do that")                             \
    X(NOT_STEWARD, "only a steward can do that")                           \
    X(NOT_ROOT, "the twelve words are not those that can do that")         \
    X(NOT_HUB, "only the hub can do that")                                 \
    X(NOT_ALLOWED, "this school, or this computer alone, may not do that") \
    X(NOT_IN_SPACE, "only who belongs to that space can do that")          \
    X(NO_TARGET, "there is nothing of the kind here to change")            \
    X(EXISTS, "it is so already")                                          \
    X(INVITE, "the invite is unknown, withdrawn or used")                  \
    X(LIMIT, "a stated limit is reached")                                  \
    X(ENDED, "the right to do that has ended")                             \
    X(BASELESS, "it rests on a statement that has no effect")

enum fold_verdict {
#define X(name, text) FOLD_VERDICT_##name,
    FOLD_VERDICT_TABLE(X)
#undef X
        FOLD_VERDICT_COUNT
};
const char *fold_verdict_name(enum fold_verdict verdict);
/* For who asked for the statement, and for who finds it in a list. */
const char *fold_verdict_text(enum fold_verdict verdict);
/* The verdict on a held statement in the whole set. The id is held (CHECKed). */
enum fold_verdict fold_verdict(const struct fold *fold, const struct envelope_id *id);
/* The decoded statement; NULL when it is not held or did not decode. */
const struct statement *fold_statement(const struct fold *fold, const struct envelope_id *id);
/* Whether `past` lies in the causal past of `id` (both held). */
bool fold_in_past(const struct fold *fold, const struct envelope_id *past,
                  const struct envelope_id *id);

/* ---------------------------------------------------------------------- schools and devices */

enum fold_status { FOLD_UNKNOWN, FOLD_LIVE, FOLD_ENDED };

struct fold_school {
    struct school_id id;
    enum fold_status status;
    bool left; /* ENDED by its own `leave` */
    struct statement_text name;
    struct root_pk root_pk;
    struct recovery_pk recovery_pk;
    bool steward, hub, observer;
    struct envelope_id since; /* the admit or found that made it a member */
    struct envelope_id ended; /* when ENDED: the removal or leave */
    size_t devices_n;         /* of any status */
};

struct fold_device {
    struct device_pk id;
    struct school_id school;
    enum fold_status status; /* ENDED with its school too */
    struct box_pk box;
    struct transport_pk transport;
    struct statement_text name;
    struct envelope_id enrolled; /* found, admit or device-add */
    struct envelope_id ended;
};

/* Network name from `found`; empty while it is not held. */
struct statement_text fold_network_name(const struct fold *fold);
/* Schools that are or were members, ascending by id; devices likewise. False past the end. */
bool fold_school_at(const struct fold *fold, size_t i, struct fold_school *out);
bool fold_school(const struct fold *fold, const struct school_id *id, struct fold_school *out);
bool fold_device_at(const struct fold *fold, size_t i, struct fold_device *out);
bool fold_device(const struct fold *fold, const struct device_pk *id, struct fold_device *out);
/* The i-th device of a school, ascending. */
bool fold_school_device_at(const struct fold *fold, const struct school_id *id, size_t i,
                           struct fold_device *out);
/* The live device with this transport key; of several, whose enrolment came here first. */
bool fold_device_by_transport(const struct fold *fold, const struct transport_pk *transport,
                              struct fold_device *out);
bool fold_hub(const struct fold *fold, struct school_id *out);
size_t fold_stewards(const struct fold *fold); /* schools */

/* ---------------------------------------------------------------------------------- invites */

enum fold_invite_status { FOLD_INVITE_OPEN, FOLD_INVITE_USED, FOLD_INVITE_VOID };
struct fold_invite {
    struct invite_id id;
    struct envelope_id statement;
    struct school_id by;
    uint64_t expires_ms;
    enum fold_invite_status status; /* expiry is the caller's, who has a clock */
    size_t uses;                    /* standing admits; over 1 is shown to people */
    struct statement_list seals;
};
bool fold_invite_at(const struct fold *fold, size_t i, struct fold_invite *out);
bool fold_invite(const struct fold *fold, const struct invite_id *id, struct fold_invite *out);

/* ----------------------------------------------------------------------------------- spaces */

struct fold_space {
    struct space_id id;
    struct space_tag tag;
    enum space_class space_class;
    struct school_id school;    /* of classes 2 and 3 */
    struct envelope_id made_by; /* of class 4: its space-new */
    struct school_id maker;     /* of class 4 */
    struct statement_text name; /* of class 4 */
    size_t members_n;           /* live */
    bool has_epoch;
};

/* What a school is to a space. */
enum fold_part {
    FOLD_NONE,
    FOLD_MEMBER,
    FOLD_CARRIER,      /* carries it now: by default or having accepted */
    FOLD_ASKED_MEMBER, /* named in space-new, has not accepted */
    FOLD_ASKED_CARRIER,
    FOLD_LEFT, /* was a member, and left or was removed */
};

/* Every space of the network that the statements tell of, ascending by tag. */
bool fold_space_at(const struct fold *fold, size_t i, struct fold_space *out);
bool fold_space(const struct fold *fold, const struct space_tag *tag, struct fold_space *out);
/* A part holds for live schools only (LEFT apart). */
enum fold_part fold_part(const struct fold *fold, const struct space_tag *tag,
                         const struct school_id *school);
/* The i-th member (carrier …) of a space, ascending by school id. */
bool fold_part_at(const struct fold *fold, const struct space_tag *tag, enum fold_part part,
                  size_t i, struct school_id *out);
/* Whether the school is to hold, be offered and exchange the space: member or carrier. */
bool fold_holds_space(const struct fold *fold, const struct space_tag *tag,
                      const struct school_id *school);
/*
 * Who should carry a school's own space by pairing (DESIGN 4.3): those that its newest
 * space-carriers names, without those it has parted from since, and with its buddies, unless a
 * person took them out. Ascending. differs: that is not what is named now.
 */
enum { FOLD_CARRIERS_MAX = 64 };
size_t fold_pairing(const struct fold *fold, const struct school_id *school,
                    struct school_id out[FOLD_CARRIERS_MAX], bool *differs);
/* Both are members of one group. */
bool fold_are_buddies(const struct fold *fold, const struct school_id *a,
                      const struct school_id *b);
/* Standing space-news that name the school and that it has neither accepted nor left; and
 * standing space-carriers that await its answer: fold_part says which. */
bool fold_asked_at(const struct fold *fold, const struct school_id *school, size_t i,
                   struct space_tag *out);
/* Groups in which the school is a member: bounded by LIMIT_GROUPS. */
size_t fold_groups(const struct fold *fold, const struct school_id *school);

/* ----------------------------------------------------------------------------------- epochs */

struct fold_epoch {
    struct envelope_id id;
    struct key_id key_id;
    struct space_tag tag;
    struct device_pk maker;
    bool stands;
    bool tip;       /* it stands, and no standing epoch names it as a parent */
    bool loose;     /* it was allowed to its maker and is void now, and none names it: what was
                       written under it before that became known is read all the same */
    bool clean;     /* all grantees that were members when granted still are */
    uint64_t depth; /* the longest chain of parents, itself included */
    const struct statement *statement;
};
/* The epoch to write under: newest standing clean one, else newest standing. */
bool fold_write_epoch(const struct fold *fold, const struct space_tag *tag,
                      struct fold_epoch *out);
/* Epochs of a space, void ones too, by (depth, id) descending. */
bool fold_epoch_at(const struct fold *fold, const struct space_tag *tag, size_t i,
                   struct fold_epoch *out);
bool fold_epoch(const struct fold *fold, const struct envelope_id *id, struct fold_epoch *out);
bool fold_epoch_by_key(const struct fold *fold, const struct key_id *key,
                       struct fold_epoch *out);
/* The i-th grant of an epoch to this recipient key, among grants whatever their standing. */
bool fold_grant_at(const struct fold *fold, const struct envelope_id *epoch,
                   const uint8_t recipient[32], size_t i, struct statement_grant *out);
/* Whether the space wants a new epoch: it has none, or its write epoch is not clean. */
bool fold_epoch_wanted(const struct fold *fold, const struct space_tag *tag);

/* Someone to whom a key is to go: a member device's box key, a member school's recovery key. */
struct fold_recipient {
    uint8_t key[32];
    struct school_id school;
    bool recovery;
    struct device_pk device; /* zero for a recovery key */
};
/*
 * Recipients that lack a standing grant of the epoch (the epoch's maker's device does too until
 * it grants itself), ascending by key. Writes at most max; returns how many there are.
 */
size_t fold_grants_missing(const struct fold *fold, const struct envelope_id *epoch,
                           struct fold_recipient *out, size_t max);

/* --------------------------------------------------------------------- chains and cut-offs */

/*
 * What the fold says about a chain. limit: the highest seq that counts (0: none, FOLD_OPEN: no
 * limit). id: of the envelope at the limit where a cut-off names it, else zero. A chain with
 * limit 0 has no entry in a digest.
 */
enum fold_clip { FOLD_CLIP_NONE, FOLD_CLIP_NOT_MEMBER, FOLD_CLIP_CUT, FOLD_CLIP_FROZEN };
struct fold_limit {
    uint64_t limit;
    struct envelope_id id;
    enum fold_clip why;
};
/* For a record chain, or (tag zero) a statement chain. */
struct fold_limit fold_limit(const struct fold *fold, const struct chain *chain);
/* May this device write new envelopes in the space: live, member, not frozen. */
bool fold_may_write(const struct fold *fold, const struct chain *chain);

/*
 * The part of Admit that needs the fold: network, device, space, cut-off, frozen. The caller
 * has decoded the header and checks seq, prev, signature and payload hash itself. An unknown
 * device's statement with seq 1 passes when body is a device-add (or the `found` of this
 * network) and its own signatures hold; give {NULL, 0} for other envelopes.
 * OK, NETWORK, NOT_MEMBER, CLIPPED, FROZEN, SIGNATURE, MALFORMED; ORDER when a device-add names
 * a statement that is not held yet.
 */
MUST_USE enum err fold_admits(const struct fold *fold, const struct envelope *envelope,
                              const struct envelope_id *id, struct slice body);

/* The lowest seq that standing proofs show to be forked; 0 when there is none. */
uint64_t fold_forked(const struct fold *fold, const struct chain *chain);

/* Statement chains for the digest: the i-th chain's counted head, ascending by device. */
bool fold_head_at(const struct fold *fold, size_t i, struct device_pk *device,
                  struct place *out);
/* A device's own last counted statement ({0} when it has none). */
struct place fold_head(const struct fold *fold, const struct device_pk *device);

/* --------------------------------------------------------------------------- records' rights
 */

/* Whether network-owned records may be revised by this envelope: the spans of steward and hub.
 */
bool fold_in_role(const struct fold *fold, const struct chain *chain, uint64_t seq);

/* Whether it lies where its school was an observer: such a school reads, and what it writes to
 * others counts for nobody. From the place that the role names to the one that its end names.
 */
bool fold_observes(const struct fold *fold, const struct chain *chain, uint64_t seq);
/* The school is an observer, or was one: its envelopes are to be asked about. */
bool fold_ever_observed(const struct fold *fold, const struct school_id *school);

enum fold_erased { FOLD_NOT_ERASED, FOLD_ERASED_VOID, FOLD_ERASED };
/* An erase that names this envelope: ERASED stands, ERASED_VOID lets a bare header be accepted.
 */
enum fold_erased fold_erased(const struct fold *fold, const struct chain *chain, uint64_t seq,
                             const struct envelope_id *id);
/* Its statement, or NULL. The standing one of the smallest id, else any. */
const struct statement *fold_erase(const struct fold *fold, const struct chain *chain,
                                   uint64_t seq, const struct envelope_id *id);
/* Whether a network record is hidden now, and by which statement. */
bool fold_hidden(const struct fold *fold, const struct school_id *owner,
                 const struct record_id *record, struct envelope_id *by);

/* ------------------------------------------------------------------------------ new statements
 */

/*
 * The tips to name in `seen`, ascending, at most LIMIT_SEEN, first those by the devices of
 * `concerned` (may be NULL), then those that end something, then the rest. The signer's own
 * last statement is left out: prev counts as seen. Returns how many were written.
 */
size_t fold_seen(const struct fold *fold, const struct device_pk *signer,
                 const struct school_id *concerned, struct envelope_id out[LIMIT_SEEN]);
/* The statement that made a school's root current; false when the school is not live. */
bool fold_root_since(const struct fold *fold, const struct school_id *school,
                     struct envelope_id *out);

/*
 * What a statement would come to if it were added now: STANDS, PENDING or why not. Nothing
 * changes. Signatures inside are not checked (they may not be made yet).
 */
enum fold_verdict fold_try(const struct fold *fold, const struct device_pk *signer,
                           const struct statement *statement);
/* Acts of several that wait: the i-th pending statement, by id; how many more schools it needs.
 */
bool fold_pending_at(const struct fold *fold, size_t i, struct envelope_id *out,
                     size_t *assents_missing);

/* The whole state as text, deterministic: equal for equal sets. For tests, vectors, `doctor`.
 */
void fold_dump(const struct fold *fold, struct buf *out);

#endif
