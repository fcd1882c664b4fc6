#include <stdlib.h>

#include "proto/base/check.h"
#include "proto/member/make_parts.h"

/* Statements that name places in chains: removals, leaves, roles, succession. */

void make_parts_cuts_fini(struct make_parts_cuts *cuts)
{
    free(cuts->v);
    free(cuts->spaces);
    *cuts = (struct make_parts_cuts){0};
}

void make_parts_cover(struct make_parts_cuts *cuts, const struct space_tag *tag)
{
    for (size_t i = 0; i < cuts->spaces_n; i++) {
        if (space_tag_eq(&cuts->spaces[i], tag)) return;
    }
    MEM_RESERVE(cuts->spaces, cuts->spaces_n, cuts->spaces_cap);
    cuts->spaces[cuts->spaces_n++] = *tag;
}

void make_parts_cut(struct make_parts_cuts *cuts, const struct make_frontier *frontier,
                    const struct chain *chain)
{
    struct place head;
    if (!frontier->head(frontier->ctx, chain, &head) || head.seq == 0) return;
    MEM_RESERVE(cuts->v, cuts->n, cuts->cap);
    cuts->v[cuts->n++] =
        (struct statement_cut){.chain = *chain, .seq = head.seq, .id = head.id};
}

/* What the maker does not hold it cannot place; there the next epoch does (DESIGN 4.4). */
void make_parts_cut_device(struct make_parts_cuts *cuts, const struct make *make,
                           const struct make_frontier *frontier, const struct device_pk *device)
{
    struct fold_space space;
    struct school_id own = make_parts_school(make);
    for (size_t i = 0; fold_space_at(make->fold, i, &space); i++) {
        struct chain chain = {.device = *device, .tag = space.tag};
        if (!fold_holds_space(make->fold, &space.tag, &own) ||
            fold_limit(make->fold, &chain).why == FOLD_CLIP_NOT_MEMBER) {
            continue;
        }
        make_parts_cover(cuts, &space.tag);
        make_parts_cut(cuts, frontier, &chain);
    }
}

void make_parts_cut_school(struct make_parts_cuts *cuts, const struct make *make,
                           const struct make_frontier *frontier, const struct school_id *school)
{
    struct fold_device device;
    for (size_t i = 0; fold_school_device_at(make->fold, school, i, &device); i++) {
        make_parts_cut_device(cuts, make, frontier, &device.id);
    }
}

static int compare_cuts(const void *a, const void *b)
{
    const struct statement_cut *x = a, *y = b;
    return chain_cmp(&x->chain, &y->chain);
}

static int compare_tags(const void *a, const void *b)
{
    return space_tag_cmp(a, b);
}

size_t make_parts_lists(struct make_parts_cuts *cuts, size_t skip,
                        struct statement_list *spaces, struct statement_list *list)
{
    /* `seen` and the fixed fields may take this much: 512 tips and a root's signature. */
    enum { CUT = 88, OTHERS = 3 + 32 * LIMIT_SEEN + 32 + 2 + 2 + 97 };
    if (cuts->n > 0) qsort(cuts->v, cuts->n, sizeof(*cuts->v), compare_cuts);
    if (cuts->spaces_n > 0) {
        qsort(cuts->spaces, cuts->spaces_n, sizeof(*cuts->spaces), compare_tags);
    }
    size_t n = cuts->n > skip ? cuts->n - skip : 0;
    size_t room = LIMIT_PAYLOAD_BYTES - OTHERS - cuts->spaces_n * sizeof(struct space_tag);
    size_t fits = n < room / CUT ? n : room / CUT;
    if (fits > STATEMENT_CUTS_MAX) fits = STATEMENT_CUTS_MAX;
    if (spaces != NULL) {
        *spaces = (struct statement_list){.items = cuts->spaces, .n = cuts->spaces_n};
    }
    *list = (struct statement_list){.items = fits == 0 ? NULL : cuts->v + skip, .n = fits};
    return n - fits;
}

enum err make_device_remove(struct buf *out, struct make *make, const struct device_pk *device,
                            const struct make_frontier *frontier, size_t *left_out)
{
    struct statement st = {.type = STATEMENT_DEVICE_REMOVE};
    struct fold_device target;
    if (!fold_device(make->fold, device, &target)) return ERR_NOT_FOUND;
    struct make_parts_cuts cuts = {0};
    st.u.device_remove.device = *device;
    make_parts_cut_device(&cuts, make, frontier, device);
    *left_out =
        make_parts_lists(&cuts, 0, &st.u.device_remove.spaces, &st.u.device_remove.cuts);
    enum err err = make_parts_finish(out, make, &st, &target.school, make->root != NULL);
    make_parts_cuts_fini(&cuts);
    return err;
}

enum err make_school_remove(struct buf *out, struct make *make, const struct school_id *school,
                            const struct make_frontier *frontier, size_t *left_out)
{
    struct statement st = {.type = STATEMENT_SCHOOL_REMOVE};
    struct fold_school target;
    if (!fold_school(make->fold, school, &target)) return ERR_NOT_FOUND;
    struct make_parts_cuts cuts = {0};
    st.u.school_remove.school = *school;
    make_parts_cut_school(&cuts, make, frontier, school);
    *left_out =
        make_parts_lists(&cuts, 0, &st.u.school_remove.spaces, &st.u.school_remove.cuts);
    enum err err = make_parts_finish(out, make, &st, school, make->root != NULL);
    make_parts_cuts_fini(&cuts);
    return err;
}

enum err make_leave(struct buf *out, struct make *make, const struct make_frontier *frontier,
                    size_t *left_out)
{
    struct statement st = {.type = STATEMENT_LEAVE};
    struct school_id own = make_parts_school(make);
    if (make->root == NULL) return ERR_PHRASE;
    struct make_parts_cuts cuts = {0};
    make_parts_cut_school(&cuts, make, frontier, &own);
    *left_out = make_parts_lists(&cuts, 0, &st.u.leave.spaces, &st.u.leave.cuts);
    enum err err = make_parts_finish(out, make, &st, &own, true);
    make_parts_cuts_fini(&cuts);
    return err;
}

enum err make_cutoff_extend(struct buf *out, struct make *make,
                            const struct envelope_id *removal,
                            const struct make_frontier *frontier, size_t skip, size_t *left_out)
{
    struct statement st = {.type = STATEMENT_CUTOFF_EXTEND};
    const struct statement *end = fold_statement(make->fold, removal);
    if (end == NULL) return ERR_NOT_FOUND;
    struct make_parts_cuts cuts = {0};
    struct fold_device signer = {0};
    struct fold_item item;
    struct school_id concerned = {0};
    switch (end->type) {
    case STATEMENT_DEVICE_REMOVE:
        make_parts_cut_device(&cuts, make, frontier, &end->u.device_remove.device);
        if (fold_device(make->fold, &end->u.device_remove.device, &signer)) {
            concerned = signer.school;
        }
        break;
    case STATEMENT_SCHOOL_REMOVE:
        concerned = end->u.school_remove.school;
        make_parts_cut_school(&cuts, make, frontier, &concerned);
        break;
    case STATEMENT_LEAVE:
        if (fold_find(make->fold, removal, &item) &&
            fold_device(make->fold, &item.device, &signer)) {
            concerned = signer.school;
        }
        make_parts_cut_school(&cuts, make, frontier, &concerned);
        break;
    default:
        return ERR_INVALID;
    }
    st.u.cutoff_extend.removal = *removal;
    *left_out =
        make_parts_lists(&cuts, skip, &st.u.cutoff_extend.spaces, &st.u.cutoff_extend.cuts);
    enum err err = make_parts_finish(out, make, &st, &concerned, make->root != NULL);
    make_parts_cuts_fini(&cuts);
    return err;
}

enum err make_role(struct buf *out, struct make *make, const struct school_id *school,
                   enum statement_role role, bool on, const struct make_frontier *frontier)
{
    struct statement st = {.type = STATEMENT_ROLE};
    struct fold_school target;
    if (!fold_school(make->fold, school, &target)) return ERR_NOT_FOUND;
    struct make_parts_cuts cuts = {0};
    st.u.role.school = *school;
    st.u.role.role = (uint8_t)role;
    st.u.role.on = on;
    make_parts_cut_school(&cuts, make, frontier, school);
    size_t left_out = make_parts_lists(&cuts, 0, NULL, &st.u.role.cuts);
    enum err err = left_out > 0 ? ERR_LIMIT
                                : make_parts_finish(out, make, &st, school, make->root != NULL);
    make_parts_cuts_fini(&cuts);
    return err;
}

enum err make_hub_succession(struct buf *out, struct make *make, const struct school_id *school,
                             const struct make_frontier *frontier)
{
    struct statement st = {.type = STATEMENT_HUB_SUCCESSION};
    struct fold_school target;
    struct school_id old;
    if (!fold_school(make->fold, school, &target)) return ERR_NOT_FOUND;
    struct make_parts_cuts cuts = {0};
    st.u.hub_succession.school = *school;
    make_parts_cut_school(&cuts, make, frontier, school);
    if (fold_hub(make->fold, &old) && !school_id_eq(&old, school)) {
        make_parts_cut_school(&cuts, make, frontier, &old);
    }
    size_t left_out = make_parts_lists(&cuts, 0, NULL, &st.u.hub_succession.cuts);
    enum err err = left_out > 0 ? ERR_LIMIT : make_parts_finish(out, make, &st, school, false);
    make_parts_cuts_fini(&cuts);
    return err;
}

enum err make_space_leave(struct buf *out, struct make *make, const struct space_tag *tag,
                          enum statement_part part, const struct make_frontier *frontier)
{
    struct statement st = {.type = STATEMENT_SPACE_LEAVE};
    struct fold_space space;
    struct fold_device device;
    struct school_id own = make_parts_school(make);
    if (!fold_space(make->fold, tag, &space)) return ERR_NOT_FOUND;
    struct make_parts_cuts cuts = {0};
    for (size_t i = 0;
         part == STATEMENT_AS_MEMBER && fold_school_device_at(make->fold, &own, i, &device);
         i++) {
        struct chain chain = {.device = device.id, .tag = *tag};
        make_parts_cut(&cuts, frontier, &chain);
    }
    st.u.space_leave.space = space.id;
    st.u.space_leave.part = (uint8_t)part;
    (void)make_parts_lists(&cuts, 0, NULL, &st.u.space_leave.cuts);
    enum err err = make_parts_finish(out, make, &st, &own, false);
    make_parts_cuts_fini(&cuts);
    return err;
}
