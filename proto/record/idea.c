#include "proto/record/idea.h"

#include <string.h>

#include "proto/record/ijson.h"
#include "proto/record/schema.h"

const char *idea_state_name(enum idea_state state)
{
    static const char *const names[] = {
#define X(name, text) text,
        IDEA_STATE_TABLE(X)
#undef X
    };
    return names[state];
}

static bool is_test(const struct idea_test *test)
{
    return test->state != CYCLE_WITHDRAWN && test->phase != CYCLE_DRAFT;
}

static bool is_running(const struct idea_test *test)
{
    return test->phase == CYCLE_DOING || test->phase == CYCLE_STUDYING;
}

/* Later by its date; of one date by owner and record, so that the order given is nothing. */
static bool later(const struct idea_test *x, const struct idea_test *y)
{
    int c = strcmp(x->decided_at, y->decided_at);
    if (c == 0) c = school_id_cmp(&x->owner, &y->owner);
    if (c == 0) c = record_id_cmp(&x->record, &y->record);
    return c > 0;
}

static bool owner_is_new(const struct idea_test *tests, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (is_test(&tests[k]) && school_id_eq(&tests[k].owner, &tests[i].owner)) return false;
    }
    return true;
}

static enum idea_state decided(const char *decision)
{
    if (strcmp(decision, "adopt") == 0) return IDEA_ADOPTED;
    return strcmp(decision, "adapt") == 0 ? IDEA_ADAPTED : IDEA_ABANDONED;
}

struct idea_history idea_history(const json_t *sections, const struct idea_test *tests,
                                 size_t n)
{
    struct idea_history out = {.state = IDEA_PROPOSED};
    const struct idea_test *latest = NULL;
    for (size_t i = 0; i < n; i++) {
        const struct idea_test *test = &tests[i];
        if (!is_test(test)) continue;
        out.cycles++;
        out.running += is_running(test);
        out.schools += owner_is_new(tests, i);
        out.predictions += test->predictions;
        out.matched += test->matched;
        if (test->phase < CYCLE_DECIDED || *test->decision == '\0') continue;
        enum idea_state state = decided(test->decision);
        out.adopted += state == IDEA_ADOPTED;
        out.adapted += state == IDEA_ADAPTED;
        out.abandoned += state == IDEA_ABANDONED;
        if (latest == NULL || later(test, latest)) latest = test;
    }
    const char *standing = json_string_value(schema_get(sections, "standing.standing"));
    if (latest != NULL) out.state = decided(latest->decision);
    if (out.running > 0) out.state = IDEA_TESTING;
    if (standing != NULL && strcmp(standing, "in-package") == 0) out.state = IDEA_IN_PACKAGE;
    if (standing != NULL && strcmp(standing, "retired") == 0) out.state = IDEA_RETIRED;
    return out;
}

json_t *idea_history_json(const struct idea_history *history)
{
    json_t *out = json_object();
    ijson_set_str(out, "state", idea_state_name(history->state));
#define COUNT(name) json_object_set_new(out, #name, json_integer((json_int_t)history->name))
    COUNT(cycles);
    COUNT(running);
    COUNT(adopted);
    COUNT(adapted);
    COUNT(abandoned);
    COUNT(schools);
    COUNT(predictions);
    COUNT(matched);
#undef COUNT
    return out;
}
