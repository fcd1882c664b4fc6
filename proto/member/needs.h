/*
 * needs.h: what the judges of single statements share: each asks for a right in the statement's
 * own past, and notes what gave it as a need of the statement. For rights*.c only.
 */
#ifndef MEMBER_NEEDS_H
#define MEMBER_NEEDS_H

#include "proto/member/fold_state.h"

struct judge {
    struct fold *fold;
    struct node *node;
    struct view view;
    const struct statement *st;
};

/* Takes the list over. */
void needs_add(struct judge *j, struct need need, struct numbers givers);
/* The device is enrolled; sets the statement's school. NOT_MEMBER otherwise. */
enum fold_verdict needs_signer(struct judge *j);
/* The signer's school has the role. */
enum fold_verdict needs_role(struct judge *j, uint8_t role, enum fold_verdict otherwise);
/* The root key in the statement is the school's current one. NOT_ROOT otherwise. */
enum fold_verdict needs_root(struct judge *j, uint32_t school);
/* One of these stands. NO_TARGET otherwise. */
enum fold_verdict needs_any(struct judge *j, const struct numbers *candidates);
enum fold_verdict needs_steward(struct judge *j);
/* Acts of several: who may assent, and how many must. */
void needs_eligible(struct judge *j, uint32_t but);
enum fold_verdict needs_majority(struct judge *j);
enum fold_verdict needs_several(struct judge *j); /* hub's root or majority */
/* Neither steward nor hub. */
bool needs_plain(const struct judge *j, uint32_t school);
/* By id, or NONE; whether it is a member now. */
uint32_t needs_school(const struct judge *j, const struct school_id *id);
bool needs_live(const struct judge *j, uint32_t school);

/* rights_space.c */
enum fold_verdict rights_space_new(struct judge *j);
enum fold_verdict rights_space_accept(struct judge *j);
enum fold_verdict rights_space_leave(struct judge *j);
enum fold_verdict rights_space_carriers(struct judge *j);
enum fold_verdict rights_space_epoch(struct judge *j);
enum fold_verdict rights_space_grant(struct judge *j);

/* Returns from a judge with the first verdict that is not STANDS. */
#define TRY(expression)                                             \
    do {                                                            \
        enum fold_verdict try_verdict = (expression);               \
        if (try_verdict != FOLD_VERDICT_STANDS) return try_verdict; \
    } while (0)

#endif
