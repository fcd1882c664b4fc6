/*
 * operate_members.h: the operations of operate_members.c, for the table in operate.c. Each
 * draws what it needs, gives one command to the machine, and returns false when there was no
 * occasion.
 */
#ifndef SIM_OPERATE_MEMBERS_H
#define SIM_OPERATE_MEMBERS_H

#include <stdbool.h>
#include <stdlib.h>

struct world;
struct machine;

/* X(name) */
#define OPERATE_MEMBERS(X) \
    X(found)               \
    X(join)                \
    X(enlist)              \
    X(invite_create)       \
    X(invite_void)         \
    X(approve)             \
    X(deny)                \
    X(device_remove)       \
    X(role)                \
    X(assent)              \
    X(school_remove)       \
    X(leave)               \
    X(root_rotate)         \
    X(hub_succession)      \
    X(space_new)           \
    X(space_accept)        \
    X(space_leave)         \
    X(carriers)            \
    X(rotate)

#define X(name) bool op_##name(struct world *world, struct machine *machine);
OPERATE_MEMBERS(X)
#undef X

#endif
