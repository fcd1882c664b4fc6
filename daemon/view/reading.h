/*
 * reading.h: the Read step of DESIGN 4.2 on one entry of the log: key, seal, padding, strict
 * decode, rights. What it says depends on the entry and on the membership alone.
 */
#ifndef VIEW_READING_H
#define VIEW_READING_H

#include "daemon/view/members.h"
#include "daemon/view/tables.h"
#include "proto/record/revision.h"

enum reading_role { READING_ROLE_NONE = -1, READING_ROLE_OUT = 0, READING_ROLE_IN = 1 };

/* Owned: reading_fini. */
struct reading {
    enum tables_status status;
    int64_t chain; /* 0: a local revision, or a header that does not decode */
    uint64_t seq;
    int64_t space;     /* 0: unknown */
    struct key_id key; /* that would open it: NO_KEY */
    enum reading_role role;
    bool decoded; /* revision and body are set: OK, RIGHTS, ROLE */
    struct revision revision;
    struct buf body;
    bool gone; /* ERASED, and the erase is held: the next four are its words */
    struct record_id gone_record;
    struct revision_id gone_revision;
    struct edit_id gone_edit;
    uint64_t gone_lamport;
};

void reading_make(struct reading *out, struct members *members, const struct log_entry *entry);
void reading_fini(struct reading *reading);

/* Rights alone, for a revision that is read already. */
enum tables_status reading_rights(struct members *members, const struct members_chain *chain,
                                  uint64_t seq, const struct school_id *owner,
                                  enum reading_role *role);

#endif
