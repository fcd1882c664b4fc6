#include "proto/member/needs.h"

#include <stdlib.h>

#include "proto/base/check.h"

/* Takes the list over. */
void needs_add(struct judge *j, struct need need, struct numbers givers)
{
    CHECK(j->node->needs_n < NEEDS_MAX);
    need.givers = givers;
    j->node->needs[j->node->needs_n++] = need;
}

enum fold_verdict needs_signer(struct judge *j)
{
    struct numbers givers = {0};
    uint32_t school;
    if (!view_enrolled(&j->view, j->node->device, &school, &givers)) {
        free(givers.v);
        return FOLD_VERDICT_NOT_MEMBER;
    }
    j->node->school = school;
    needs_add(j,
              (struct need){.kind = NEED_ENROLED, .school = school, .device = j->node->device},
              givers);
    return FOLD_VERDICT_STANDS;
}

enum fold_verdict needs_role(struct judge *j, uint8_t role, enum fold_verdict otherwise)
{
    struct numbers givers = {0};
    uint32_t school = j->node->school;
    if (!view_role(&j->view, school, role, &givers)) {
        free(givers.v);
        return otherwise;
    }
    needs_add(j, (struct need){.kind = NEED_ROLE, .role = role, .school = school}, givers);
    return FOLD_VERDICT_STANDS;
}

enum fold_verdict needs_root(struct judge *j, uint32_t school)
{
    struct numbers givers = {0};
    if (!j->st->root.by_root || school == NONE ||
        !view_root(&j->view, school, &j->st->root.pk, &givers)) {
        free(givers.v);
        return FOLD_VERDICT_NOT_ROOT;
    }
    needs_add(j, (struct need){.kind = NEED_ROOT, .school = school}, givers);
    return FOLD_VERDICT_STANDS;
}

/* That one of these stands; NO_TARGET when none does. */
enum fold_verdict needs_any(struct judge *j, const struct numbers *candidates)
{
    struct numbers givers = {0};
    if (!view_any_stands(&j->view, candidates, &givers)) {
        free(givers.v);
        return FOLD_VERDICT_NO_TARGET;
    }
    needs_add(j, (struct need){.kind = NEED_STANDS}, givers);
    return FOLD_VERDICT_STANDS;
}

enum fold_verdict needs_steward(struct judge *j)
{
    TRY(needs_signer(j));
    TRY(needs_role(j, STATEMENT_STEWARD, FOLD_VERDICT_NOT_STEWARD));
    return FOLD_VERDICT_STANDS;
}

bool needs_plain(const struct judge *j, uint32_t school)
{
    return !view_role(&j->view, school, STATEMENT_STEWARD, NULL) &&
           !view_role(&j->view, school, STATEMENT_HUB, NULL);
}

/* Stewards other than this school: whose assent counts. */
void needs_eligible(struct judge *j, uint32_t but)
{
    struct numbers all = {0};
    view_stewards(&j->view, &all);
    for (size_t i = 0; i < all.n; i++) {
        if (all.v[i] != but) graph_push(&j->node->eligible, all.v[i]);
    }
    free(all.v);
}

/* A majority of stewards, at least two; the signer, a steward, is one of them. */
enum fold_verdict needs_majority(struct judge *j)
{
    TRY(needs_role(j, STATEMENT_STEWARD, FOLD_VERDICT_NOT_STEWARD));
    needs_eligible(j, j->node->school);
    size_t stewards = j->node->eligible.n + 1;
    if (stewards < 2) return FOLD_VERDICT_NOT_ALLOWED;
    j->node->assents_needed = (uint32_t)(stewards / 2);
    j->node->rank = RANK_SEVERAL;
    return FOLD_VERDICT_STANDS;
}

/* The hub's root with one other steward's assent; alone while there is no other. */
static enum fold_verdict hub_root(struct judge *j)
{
    if (view_hub(&j->view) != j->node->school) return FOLD_VERDICT_NOT_HUB;
    TRY(needs_role(j, STATEMENT_HUB, FOLD_VERDICT_NOT_HUB));
    TRY(needs_root(j, j->node->school));
    needs_eligible(j, j->node->school);
    j->node->assents_needed = j->node->eligible.n > 0 ? 1 : 0;
    j->node->rank = RANK_SEVERAL;
    return FOLD_VERDICT_STANDS;
}

enum fold_verdict needs_several(struct judge *j)
{
    return j->st->root.by_root ? hub_root(j) : needs_majority(j);
}

uint32_t needs_school(const struct judge *j, const struct school_id *id)
{
    return graph_find_school(j->fold, id);
}

bool needs_live(const struct judge *j, uint32_t school)
{
    return school != NONE && view_school(&j->view, school, NULL);
}
