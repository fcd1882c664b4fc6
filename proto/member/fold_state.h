/*
 * fold_state.h: what the files of the fold share, and nobody else includes (tests apart).
 *
 * Statements are numbered in the order in which they became complete (all of `seen` and prev
 * held): a number is always greater than those of its causal past. Numbers differ from node to
 * node; no result may depend on them. README.md tells the algorithm.
 */
#ifndef MEMBER_FOLD_STATE_H
#define MEMBER_FOLD_STATE_H

#include "proto/base/map.h"
#include "proto/member/fold.h"
#include "proto/member/invite.h"
#include "proto/member/signatures.h"

enum { NONE = UINT32_MAX };

/* A growable list of numbers. */
struct numbers {
    uint32_t *v;
    size_t n, cap;
};
void graph_push(struct numbers *list, uint32_t number);

static inline bool bit_get(const uint64_t *bits, uint32_t i)
{
    return (bits[i / 64] >> (i % 64) & 1) != 0;
}
static inline void bit_set(uint64_t *bits, uint32_t i)
{
    bits[i / 64] |= (uint64_t)1 << (i % 64);
}
static inline size_t bit_words(size_t n)
{
    return (n + 63) / 64;
}

/* Ranks of ends (DESIGN 4.4): a root over its devices; hub root = majority over steward over
 * school. */
enum rank { RANK_NONE, RANK_DEVICE, RANK_ROOT, RANK_STEWARD, RANK_SEVERAL };

/*
 * What a statement's authority rests on, found once in its own causal past: all of the needs,
 * of each any one of the alternatives.
 */
enum need_kind {
    NEED_STANDS,  /* only that it stands */
    NEED_MEMBER,  /* gives membership: hit by ends of the school */
    NEED_ENROLED, /* gives the device: hit by ends of the device and of its school */
    NEED_ROLE,    /* gives the role: hit by role off, succession, ends of the school */
    NEED_ROOT,    /* gives the root: hit by root-rotate, ends of the school */
};
struct need {
    enum need_kind kind;
    uint8_t role;    /* of NEED_ROLE */
    uint32_t school; /* of all but NEED_STANDS */
    uint32_t device; /* of NEED_ENROLED */
    struct numbers givers;
};
enum { NEEDS_MAX = 6 };

struct node {
    struct fold_item item;       /* body lies in the fold's arena */
    struct statement *statement; /* NULL when it did not decode */
    uint8_t type;
    bool core;                       /* verdicts of others may depend on it */
    bool end;                        /* one of the ends */
    bool twin;                       /* another stands at its place of its chain */
    bool signatures;                 /* those inside the payload hold */
    uint32_t number, device, school; /* school: the signer's, in its own past; NONE */
    uint64_t height;                 /* longest path from a statement that saw nothing */
    /* Its causal past, bits for numbers below its own: where it saw everything there are only
     * ones, and those words are not kept. */
    uint64_t *past;     /* the words from past_from on */
    uint32_t past_from; /* the words before are all ones */

    enum fold_verdict own; /* judged in its own past; STANDS: authorised, assents apart */
    enum rank rank;
    struct need needs[NEEDS_MAX];
    size_t needs_n;
    uint32_t assents_needed; /* 0: an act of one */
    struct numbers eligible; /* schools whose assent counts */
    struct numbers assents;  /* authorised assents that name it */
    struct numbers extends;  /* authorised cutoff-extends that name it */
    bool *granted_member;    /* of a space-grant: which recipients were members when granted */
    uint32_t target_school, target_device; /* of ends, roles, enrolments */
    uint32_t space;                        /* of space-…; NONE */
    /* The next of the authorised erases of one envelope, or of the invites, voids or admits of
     * one invite; NONE */
    uint32_t same;
};

static inline bool node_saw(const struct node *node, uint32_t number)
{
    uint32_t word = number / 64;
    if (number >= node->number) return false;
    return word < node->past_from ||
           (node->past[word - node->past_from] >> number % 64 & 1) != 0;
}
/* A word of the bits of its past; 0 beyond them. */
static inline uint64_t node_past(const struct node *node, size_t word)
{
    if (word >= bit_words(node->number)) return 0;
    return word < node->past_from ? UINT64_MAX : node->past[word - node->past_from];
}

struct school {
    struct school_id id;
    struct numbers members; /* found, admit */
    struct numbers roots;   /* found, admit, root-rotate */
    struct numbers roles;   /* found, role on, hub-succession: what gives it a role */
    struct numbers ends;    /* school-remove, leave */
    struct numbers offs;    /* role off */
    struct numbers devices;
    uint32_t own_space, hub_space;
    bool touched;
    /* As of the last refresh: */
    bool live, steward, hub, observer;
    uint32_t member, root, ended; /* newest giving statement; an end that holds */
};

struct device {
    struct device_pk id;
    struct numbers enrolments; /* found, admit, device-add: authorised ones */
    struct numbers ends;       /* device-remove */
    struct numbers chain;      /* its statements */
    bool touched;
    /* As of the last refresh: */
    bool live;
    uint32_t enrolment, school, ended;
    struct fold_limit limit; /* of its statement chain */
    struct place head;       /* its last counted statement */
};

struct space {
    struct space_tag tag;
    struct space_id id;
    enum space_class space_class;
    uint32_t school;                          /* of classes 2 and 3 */
    uint32_t made_by;                         /* of class 4 */
    struct numbers accepts, leaves, carriers; /* authorised */
    struct numbers epochs;                    /* all that name it, in any standing */
    bool touched;
    bool lost; /* a member, in the refresh that runs */
    /* As of the last refresh: */
    uint32_t write_epoch, carriers_now; /* an epoch's index; a statement */
    struct numbers members;             /* live ones, by school id */
};

/* Of an epoch statement, as of the last refresh. */
struct epoch_state {
    uint32_t node;
    struct numbers grants; /* space-grants that name it */
    size_t checked;        /* of those, how many `clean` speaks of while it is true */
    bool tip, loose, clean;
    uint64_t depth;
};

/* A set of statements and what stands in it. Bits are for core statements, or for all. */
struct verdicts {
    uint64_t *in, *stands;
    size_t words;
    uint8_t key[16];
    uint64_t *forks; /* by device number: lowest forked seq; NULL when there is none */
    size_t forks_n;
};

/* A key that grants are addressed to, and whose it is. */
struct key_ref {
    uint32_t school, device; /* device NONE: a recovery key */
    uint32_t next;
};

/* A grant to a key: an item of a space-grant. */
struct grant_ref {
    uint32_t node, at;
    uint32_t next; /* of those whose epoch and key fall together, or NONE */
};

/*
 * What may be otherwise than at the last refresh. A statement touches its device, its targets
 * and its space; one that can turn the verdict on others touches all. Each is listed once.
 */
struct touched {
    bool all;
    struct numbers schools, devices, spaces;
    bool gained, lost; /* a school or a device, as a member: epochs rest on them */
};

/* A statement that came before its past. Those that miss the same id form a list. */
struct waiting {
    struct fold_item item;
    uint8_t *body; /* owned; NULL: a free slot */
    uint32_t next;
};

enum { VERDICTS_CACHED = 64 };

struct fold {
    struct network_id network;
    struct arena arena;
    struct node **nodes;
    size_t nodes_n, nodes_cap;
    struct map by_id; /* envelope id -> number */
    struct school *schools;
    size_t schools_n, schools_cap;
    struct map schools_by_id;
    struct device *devices;
    size_t devices_n, devices_cap;
    struct map devices_by_id;
    struct space *spaces;
    size_t spaces_n, spaces_cap;
    struct map spaces_by_tag;
    struct epoch_state *epochs;
    size_t epochs_n, epochs_cap;
    struct map epochs_by_id, epochs_by_key;
    struct key_ref *key_refs;
    size_t key_refs_n, key_refs_cap;
    struct map key_refs_by_key;
    struct grant_ref *grant_refs;
    size_t grant_refs_n, grant_refs_cap;
    struct map grant_refs_by_key;             /* of epoch and recipient, see graph_grant */
    struct map erases;                        /* envelope id -> number of an erase */
    struct map invites, invite_voids, admits; /* invite id -> number of one of them */
    struct numbers with_roles;                /* schools that something ever gave a role */
    struct numbers successions, proofs, hides, forks_a, forks_b;
    struct waiting *waiting;
    size_t waiting_n, waiting_cap, waiting_count;
    struct map waiting_ids;     /* id of a waiting statement -> slot */
    struct map waiting_for;     /* an id that is missing -> first slot of its list */
    struct map waiting_devices; /* device key -> how many wait */
    struct fold *self;          /* for queries that fill the cache of verdicts */

    uint64_t *core; /* bits */
    size_t bits_words;
    struct verdicts *cache[VERDICTS_CACHED];
    size_t cache_next;
    struct map cache_by_key;

    struct verdicts now; /* all statements */
    bool stale;          /* `now` must be judged anew */
    bool dirty;          /* something was added since the last refresh */
    uint64_t generation;
    enum fold_verdict *why; /* by number, as of the last refresh */
    bool *counted;
    size_t why_cap;
    struct touched touched;
    size_t refreshed, epochs_refreshed; /* statements and epochs that the last refresh knew */
    uint32_t hub;                       /* its school, as of the last refresh */
    /* Numbers in order of id (tag): schools and devices that stand, spaces, statement chains;
     * standing invites in order of their statements' ids. */
    struct numbers by_school, by_device, by_space, by_head, by_invite;
};

/* graph.c */
uint32_t graph_find(const struct fold *fold, const struct envelope_id *id);
uint32_t graph_school(struct fold *fold, const struct school_id *id); /* makes it if new */
uint32_t graph_device(struct fold *fold, const struct device_pk *id);
uint32_t graph_find_school(const struct fold *fold, const struct school_id *id);
uint32_t graph_find_device(const struct fold *fold, const struct device_pk *id);
uint32_t graph_find_space(const struct fold *fold, const struct space_tag *tag);
uint32_t graph_space(struct fold *fold, const struct space_id *id, enum space_class class,
                     uint32_t school, uint32_t made_by);
bool graph_in_past(const struct fold *fold, uint32_t past, uint32_t of);
/* The first of those of an invite; others follow by node->same. */
uint32_t graph_of_invite(const struct map *map, const struct invite_id *id);
/* Greater (height), then smaller id: "newest", the same on every node. */
bool graph_newer(const struct fold *fold, uint32_t a, uint32_t b);
/* Fills past and height of a node whose number is set from seen and prev (all held). */
void graph_past(const struct fold *fold, struct node *node, const struct statement_list *seen);
void graph_node_fini(struct node *node);
/* Enters an authorised statement into the lists by which it is found. */
void graph_register(struct fold *fold, struct node *node);

/* The first grant of the epoch to a key, others by graph_grant_next; NULL: no more. */
const struct grant_ref *graph_grant(const struct fold *fold, uint32_t epoch,
                                    const uint8_t recipient[32]);
const struct grant_ref *graph_grant_next(const struct fold *fold, const struct grant_ref *ref);

/* touched.c */
void touched_space(struct fold *fold, uint32_t number);
/* What a new statement touches. */
void touched_by(struct fold *fold, const struct node *node);
void touched_all(struct fold *fold);
void touched_clear(struct fold *fold);
/*
 * Lists of numbers in the order of the ids that stand at the start of the items they index.
 * touched_put puts a number in or takes it out; touched_sort sorts one that was filled anew.
 */
struct touched_order {
    const void *items;
    size_t item_bytes, id_bytes;
};
void touched_put(struct numbers *list, uint32_t number, bool in, struct touched_order order);
void touched_sort(struct numbers *list, struct touched_order order);

/* view.c: what holds at a point of the history */
struct view {
    const struct fold *fold;
    const struct verdicts *set;
    const struct node *at; /* the statement that looks; NULL: now, with everything seen */
    uint32_t ignore;       /* an end that is overlooked, or NONE */
    enum rank floor;       /* only ends above this rank count */
    bool extended;         /* cutoff-extends lengthen the past of an end */
    bool bare;             /* whether givers stand is not asked (the ends are judged) */
};
struct view view_at(const struct fold *fold, const struct verdicts *set, const struct node *at);
struct view view_now(const struct fold *fold);
bool view_seen(const struct view *view, uint32_t number);
bool view_stands(const struct view *view, uint32_t number);
/* Enough assents to an act of several, among what is seen. */
bool view_carried(const struct view *view, uint32_t number);
/* Whether this giver gives what the need asks, here. */
bool view_gives(const struct view *view, const struct need *need, uint32_t giver);
bool view_met(const struct view *view, const struct need *need);
/* Fills the alternatives; true when there is one. list may be NULL. */
bool view_enrolled(const struct view *view, uint32_t device, uint32_t *school,
                   struct numbers *list);
bool view_role(const struct view *view, uint32_t school, uint8_t role, struct numbers *list);
bool view_root(const struct view *view, uint32_t school, const struct root_pk *pk,
               struct numbers *list);
bool view_school(const struct view *view, uint32_t school, struct numbers *list);
/* Whether a standing statement of the list is seen, ended or not. */
bool view_any_stands(const struct view *view, const struct numbers *list, struct numbers *out);
bool view_member(const struct view *view, uint32_t space, uint32_t school, struct numbers *list,
                 bool *by_hub_role);
uint32_t view_hub(const struct view *view); /* the newest giver's school, or NONE */
size_t view_stewards(const struct view *view, struct numbers *schools);

/* rights.c: the rights table, each statement in its own past */
void rights_judge(struct fold *fold, struct node *node, const struct verdicts *past);
bool rights_is_core(uint8_t type);
bool rights_is_end(const struct statement *statement);

/* signatures.c: those inside the payload, of roots and of proofs */
bool signatures_hold(const struct network_id *network, const struct node *node);

/* judge.c: what stands in a set */
const struct verdicts *judge_past(struct fold *fold, const struct node *node);
void judge_now(struct fold *fold);
void judge_append(struct fold *fold, const struct node *node);
void judge_free(struct fold *fold);
void judge_forget(struct fold *fold); /* the cache of pasts */
/* Whether adding it can change the verdict on another statement. */
bool judge_disturbs(const struct node *node);

/* schools.c: schools and devices as of now */
/* The keys that an enrolment names: of a device that was enrolled. */
const struct statement_device *schools_keys(const struct fold *fold, uint32_t device);
void schools_refresh(struct fold *fold);
/* Ends that hold now against what these gave (to the device of a school; NONE: to the school),
 * appended to out. A holding end of the school counts against its devices. */
void schools_ends(const struct fold *fold, uint32_t school, uint32_t device,
                  struct numbers *out);

/* spaces.c */
void spaces_refresh(struct fold *fold);
void spaces_grantees(struct fold *fold, struct node *node, const struct verdicts *past);
bool spaces_key_member(const struct view *view, const uint8_t key[32], uint32_t space);
enum fold_part spaces_part(const struct fold *fold, uint32_t space, uint32_t school);
/* What a school carries of a space, whether it is a member, and a statement's recovery key. */
enum fold_part spaces_carrying(const struct fold *fold, const struct space *space,
                               uint32_t school);
bool spaces_member(const struct fold *fold, const struct space *space, uint32_t school);
const struct recovery_pk *spaces_recovery(const struct node *node);

/* cutoffs.c */
void cutoffs_refresh(struct fold *fold);
/*
 * Whether a device-add of an unknown device is admitted: a root that its `seen` names, and that
 * was the school's at some time, signed it. OK, NOT_MEMBER, SIGNATURE; ORDER when what it names
 * is not held.
 */
enum err cutoffs_add_known(const struct fold *fold, const struct fold_item *item,
                           const struct statement *st);
struct fold_limit cutoffs_limit(const struct fold *fold, const struct chain *chain);

#endif
