/*
 * Who should carry a school's own space by pairing (DESIGN 4.3): its buddies, unless a person
 * decided otherwise. Who was named once and is not any more was taken out by hand, and stays
 * out until the two pair anew.
 */
#include "proto/base/check.h"
#include "proto/member/fold_state.h"
#include "proto/member/statement.h"

static bool names(const struct fold *fold, uint32_t carriers, const struct school_id *school)
{
    const struct statement_list *list =
        &fold->nodes[carriers]->statement->u.space_carriers.schools;
    for (size_t i = 0; i < list->n; i++) {
        if (school_id_eq(statement_school_at(list, i), school)) return true;
    }
    return false;
}

static bool was_named(const struct fold *fold, const struct space *own,
                      const struct school_id *school)
{
    for (size_t i = 0; i < own->carriers.n; i++) {
        uint32_t carriers = own->carriers.v[i];
        if (bit_get(fold->now.stands, carriers) && names(fold, carriers, school)) return true;
    }
    return false;
}

static bool are_buddies(const struct fold *fold, uint32_t a, uint32_t b)
{
    for (size_t i = 0; i < fold->by_space.n; i++) {
        const struct space *space = &fold->spaces[fold->by_space.v[i]];
        if (space->space_class == SPACE_GROUP && spaces_member(fold, space, a) &&
            spaces_member(fold, space, b)) {
            return true;
        }
    }
    return false;
}

/* Of the group's answers of either school as a member, one that stands and is newer. */
static bool answered_since(const struct fold *fold, const struct numbers *answers, uint32_t a,
                           uint32_t b, uint32_t named)
{
    for (size_t i = 0; i < answers->n; i++) {
        const struct node *node = fold->nodes[answers->v[i]];
        uint8_t part = node->type == STATEMENT_SPACE_ACCEPT
                           ? node->statement->u.space_accept.part
                           : node->statement->u.space_leave.part;
        if ((node->school == a || node->school == b) && part == STATEMENT_AS_MEMBER &&
            bit_get(fold->now.stands, node->number) && graph_newer(fold, node->number, named)) {
            return true;
        }
    }
    return false;
}

static bool is_group_of(const struct fold *fold, const struct space *space, uint32_t a,
                        uint32_t b)
{
    if (space->space_class != SPACE_GROUP || space->made_by == NONE) return false;
    const struct node *made = fold->nodes[space->made_by];
    const struct statement_list *with = &made->statement->u.space_new.schools;
    size_t found = 0;
    for (size_t i = 0; i < with->n; i++) {
        const struct school_id *id = statement_school_at(with, i);
        found +=
            school_id_eq(id, &fold->schools[a].id) || school_id_eq(id, &fold->schools[b].id);
    }
    return found == 2;
}

/* A group of both was left, or entered, by one of them, after the carriers were named. */
static bool parted_since(const struct fold *fold, uint32_t a, uint32_t b, uint32_t named)
{
    bool parted = false;
    for (size_t i = 0; i < fold->spaces_n && !parted; i++) {
        const struct space *space = &fold->spaces[i];
        parted =
            is_group_of(fold, space, a, b) && answered_since(fold, &space->leaves, a, b, named);
    }
    return parted;
}

static bool paired_since(const struct fold *fold, uint32_t a, uint32_t b, uint32_t named)
{
    bool paired = false;
    for (size_t i = 0; i < fold->spaces_n && !paired; i++) {
        const struct space *space = &fold->spaces[i];
        paired = is_group_of(fold, space, a, b) &&
                 answered_since(fold, &space->accepts, a, b, named);
    }
    return paired;
}

static size_t put(struct school_id *out, size_t n, const struct school_id *school)
{
    if (n == FOLD_CARRIERS_MAX) return n;
    out[n] = *school;
    return n + 1;
}

size_t fold_pairing(const struct fold *fold, const struct school_id *school,
                    struct school_id out[FOLD_CARRIERS_MAX], bool *differs)
{
    CHECK(!fold->dirty);
    struct space_id id;
    uint32_t owner = graph_find_school(fold, school);
    space_own(&id, &fold->network, school);
    struct space_tag tag = space_tag(&id);
    uint32_t number = graph_find_space(fold, &tag);
    size_t n = 0;
    *differs = false;
    if (owner == NONE || number == NONE) return 0;
    const struct space *own = &fold->spaces[number];
    uint32_t named = own->carriers_now;
    for (size_t i = 0; i < fold->by_school.n; i++) {
        uint32_t at = fold->by_school.v[i];
        const struct school *other = &fold->schools[at];
        if (at == owner) continue;
        bool is_named = named != NONE && names(fold, named, &other->id);
        bool buddy = other->live && are_buddies(fold, owner, at);
        bool stays = is_named && (buddy || !parted_since(fold, owner, at, named));
        bool comes =
            !is_named && buddy &&
            (!was_named(fold, own, &other->id) || paired_since(fold, owner, at, named));
        if (stays || comes) n = put(out, n, &other->id);
        if (comes || (is_named && !stays)) *differs = true;
    }
    return n;
}

bool fold_are_buddies(const struct fold *fold, const struct school_id *a,
                      const struct school_id *b)
{
    CHECK(!fold->dirty);
    uint32_t x = graph_find_school(fold, a), y = graph_find_school(fold, b);
    return x != NONE && y != NONE && x != y && are_buddies(fold, x, y);
}
