/* Planted: the second machine forgets that it holds the chains of others. */
#include "tests/sim/parts.h"

bool __real_frontier_set(struct frontier *frontier, const struct entry *entry);
bool __wrap_frontier_set(struct frontier *frontier, const struct entry *entry);

bool __wrap_frontier_set(struct frontier *frontier, const struct entry *entry)
{
    const struct machine *machine = tap_machine();

    if (machine != NULL && machine->index == 1 && frontier->kind == FRONTIER_SPACE &&
        !device_pk_eq(&machine->options.device_pk, &entry->device))
        return false;
    return __real_frontier_set(frontier, entry);
}
