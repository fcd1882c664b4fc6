/*
 * make_parts.h: what the makers of statements share.
 */
#ifndef MEMBER_MAKE_PARTS_H
#define MEMBER_MAKE_PARTS_H

#include "proto/member/make.h"

/*
 * Fills `seen` (unless it is set), asks whether the statement would stand, encodes and signs.
 * concerned: the school whose devices' tips come first in `seen`, or NULL. by_root: sign by
 * make->root, which is then not NULL.
 */
MUST_USE enum err make_parts_finish(struct buf *out, struct make *make, struct statement *st,
                                    const struct school_id *concerned, bool by_root);

/* A list of cuts being gathered, ascending. */
struct make_parts_cuts {
    struct statement_cut *v;
    size_t n, cap;
    struct space_tag *spaces;
    size_t spaces_n, spaces_cap;
};
void make_parts_cuts_fini(struct make_parts_cuts *cuts);
/* A space that the cuts cover. */
void make_parts_cover(struct make_parts_cuts *cuts, const struct space_tag *tag);
/* The head that the frontier knows of the chain, if it holds anything. */
void make_parts_cut(struct make_parts_cuts *cuts, const struct make_frontier *frontier,
                    const struct chain *chain);
/* The heads of a device's chains in every space that the maker's school holds. */
void make_parts_cut_device(struct make_parts_cuts *cuts, const struct make *make,
                           const struct make_frontier *frontier,
                           const struct device_pk *device);
void make_parts_cut_school(struct make_parts_cuts *cuts, const struct make *make,
                           const struct make_frontier *frontier,
                           const struct school_id *school);
/* Puts them in order and gives them as lists: of the cuts `skip` are left out at the start, and
 * at the end what does not fit into a payload. Returns how many those at the end are. */
size_t make_parts_lists(struct make_parts_cuts *cuts, size_t skip,
                        struct statement_list *spaces, struct statement_list *list);
/* The school of the maker's device; zero when it has none. */
struct school_id make_parts_school(const struct make *make);

#endif
