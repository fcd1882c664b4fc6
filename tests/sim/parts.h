/*
 * parts.h: how the files of the simulator call each other. Each function does what its file's
 * first comment promises.
 */
#ifndef SIM_PARTS_H
#define SIM_PARTS_H

#include "daemon/core/inner.h"
#include "tests/sim/world.h"

/* wire.c: connections, and the attacker on them */
void wire_send(struct world *world, struct machine *machine, const struct update_send *send);
void wire_dial(struct world *world, struct machine *machine, const struct update_dial *dial);
void wire_close(struct world *world, struct machine *machine, uint64_t conn);
void wire_on_bytes(struct world *world, struct due *due);
void wire_on_closed(struct world *world, struct due *due);
void wire_on_dialled(struct world *world, struct due *due);
void wire_on_power(struct world *world, struct machine *machine);
struct wire_end *wire_find(struct world *world, const struct machine *machine, uint64_t conn);
/* The other end. */
struct wire_end *wire_peer(struct world *world, const struct wire_end *end);
/* Breaks a line (both ends are told) or lets it go dead (nobody is). */
void wire_break(struct world *world, struct wire_line *line, bool told);
/* A line that lives, or NULL. */
struct wire_line *wire_any(struct world *world);
void wire_check(struct world *world);
void wire_free(struct world *world);

/* tap.c: sees each message before it is sealed and after it is opened */
void tap_start(struct world *world);
void tap_stop(void);
/* The machine whose step runs in the current world, or NULL: for planted faults. */
struct machine *tap_machine(void);

/* registry.c: what was really made, written and acknowledged */
void registry_init(struct world *world);
void registry_fini(struct world *world);
void registry_on_write(struct world *world, struct machine *machine, const struct write *write);
const struct genuine *registry_find(const struct world *world, const struct envelope_id *id);
/* A person writes a text for an audience: its body, and where it must never be read. */
void registry_text(struct world *world, struct machine *machine,
                   const struct audience *audience, size_t bytes, struct buf *body,
                   struct revision_id *id);
const struct genuine *registry_text_of(const struct world *world, const struct revision_id *id);
void registry_acknowledge(struct world *world, const struct asked *asked);
bool registry_entitled(const struct world *world, const struct genuine *text, unsigned school);
/* What every text that a person writes contains: never to be seen outside. */
extern const char *const registry_plant;

/* check.c: the rules that hold after every step */
void check_committed(struct world *world, struct machine *machine);
void check_bytes(struct world *world, struct machine *machine, struct slice bytes,
                 const char *where);
void check_message(struct world *world, struct machine *machine, struct session *session,
                   const struct wire_message *message);
void check_bounds(struct world *world, struct machine *machine);
void check_dial(struct world *world, struct machine *machine, unsigned to);
void check_dial_result(struct world *world, struct machine *machine, unsigned to, bool ok);

/* agree.c: the rules that hold in the end */
bool agree_reached(struct world *world, char *why, size_t n);
void agree_check(struct world *world);
/* Says in the trace who counts which statements. */
void agree_tell(struct world *world);

/* operate.c, operate_more.c: what people do */
bool operate(struct world *world);
struct machine *operate_pick(struct world *world, enum node_state state);
void operate_on_reply(struct world *world, struct machine *machine, const struct reply *reply);
struct operation {
    const char *name;
    enum command_kind kind;
    unsigned weight;
    bool (*run)(struct world *world, struct machine *machine);
};
extern const struct operation operations[];
extern const size_t operations_n;

/* faults.c: what goes wrong */
void faults_next(struct world *world);
void faults_on_heal(struct world *world, struct due *due);
void faults_end(struct world *world);
extern const struct faults faults_usual;

/* operate.c: the profile of a name, or NULL; the names, for a usage line */
const struct profile *profile_find(const char *name);
#define PROFILE_NAMES "everyday, wary, quarrel, keys, stick"

/* run.c: one seed from the first statement to the last comparison */
struct run_options {
    uint64_t seed;
    unsigned machines, operations; /* 0: drawn; at least 200 */
    FILE *trace;
    const struct profile *profile; /* NULL: everyday */
};
struct run_result {
    struct coverage coverage;
    uint64_t hash, steps, now_ms;
    char broken[64];
    char because[640];
};
void run_seed(const struct run_options *options, struct run_result *out);

#endif
