/* crowd_write_year: what schools write over some years, in the proportions that a network has.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/check.h"
#include "proto/crypto/words.h"
#include "proto/record/revision.h"
#include "tests/bench/crowd.h"

enum { BATCH = 200, REFS = 4096, YEARS = 3, WORDS_OF_TEXT = 30 };

/* Records that others are about, by (school, number): the newest REFS of each kind. */
struct refs {
    char at[REFS][REVISION_REF_CHARS + 1];
    unsigned n;
};
static struct refs ideas, cycles, spots, measures;

static const char *any(struct crowd *crowd, const struct refs *refs)
{
    unsigned n = refs->n < REFS ? refs->n : REFS;

    return n == 0 ? NULL : refs->at[rng_below(&crowd->rng, n)];
}

static void remember(struct refs *refs, const struct revision *revision)
{
    revision_ref(refs->at[refs->n++ % REFS], &revision->owner, &revision->record);
}

static json_t *text(struct crowd *crowd, unsigned n)
{
    char line[1024];
    size_t used = 0;

    for (unsigned i = 0; i < n && used < sizeof(line) - 20; i++) {
        used += (size_t)snprintf(line + used, sizeof(line) - used, "%s ",
                                 words[rng_below(&crowd->rng, WORDS_COUNT)]);
    }
    return json_string(line);
}

/* A day of the last YEARS years before March 2026; month: its first. */
static void day(struct crowd *crowd, char out[11], bool month)
{
    unsigned year = 2023 + (unsigned)rng_below(&crowd->rng, YEARS);

    (void)snprintf(out, 11, "%04u-%02u-%02u", year, 1 + (unsigned)rng_below(&crowd->rng, 12),
                   month ? 1 : 1 + (unsigned)rng_below(&crowd->rng, 28));
}

static json_t *one_of(struct crowd *crowd, const char *const *list, unsigned n)
{
    return json_pack("[s]", list[rng_below(&crowd->rng, n)]);
}

static json_t *cycle(struct crowd *crowd)
{
    static const char *const groups[] = {"first in family", "newcomers", "seniors", "juniors"};
    static const char *const conditions[] = {"small school", "large school", "rural", "urban"};
    static const char *const decisions[] = {"adopt", "adapt", "abandon"};
    char end[11];
    const char *idea = any(crowd, &ideas), *prior = any(crowd, &cycles);
    json_t *head;

    day(crowd, end, false);
    head =
        json_pack("{s:o, s:s, s:s}", "title", text(crowd, 5), "end", end, "scale", "one-class");
    if (idea != NULL) json_object_set_new(head, "idea", json_string(idea));
    if (prior != NULL && rng_chance(&crowd->rng, 300))
        json_object_set_new(head, "prior", json_string(prior));
    json_t *sections = json_pack(
        "{s:o, s:{s:o, s:o, s:o, s:[{s:s, s:o, s:o}]}, s:{s:s}}", "head", head, "plan",
        "change", text(crowd, WORDS_OF_TEXT), "for_whom", one_of(crowd, groups, 4),
        "conditions", one_of(crowd, conditions, 4), "questions", "id", "q", "question",
        text(crowd, 8), "prediction", text(crowd, 8), "do", "carried_out", "yes");
    if (rng_chance(&crowd->rng, 700)) {
        json_object_set_new(sections, "study",
                            json_pack("{s:[{s:s, s:s}], s:o}", "results", "id", "q", "matched",
                                      "partly", "summary", text(crowd, WORDS_OF_TEXT)));
        json_object_set_new(sections, "act",
                            json_pack("{s:s, s:o}", "decision",
                                      decisions[rng_below(&crowd->rng, 3)], "why",
                                      text(crowd, 10)));
    }
    return sections;
}

static json_t *feedback(struct crowd *crowd)
{
    const char *target = any(crowd, &cycles);

    return json_pack("{s:{s:s, s:o, s:s}}", "head", "kind", "warm", "text",
                     text(crowd, WORDS_OF_TEXT), "target", target == NULL ? "" : target);
}

static json_t *idea(struct crowd *crowd)
{
    const char *spot = any(crowd, &spots);
    json_t *sections = json_pack("{s:{s:o, s:o}}", "head", "title", text(crowd, 5),
                                 "description", text(crowd, WORDS_OF_TEXT));

    if (spot != NULL && rng_chance(&crowd->rng, 300))
        json_object_set_new(json_object_get(sections, "head"), "based_on", json_string(spot));
    return sections;
}

static json_t *spot(struct crowd *crowd)
{
    return json_pack("{s:{s:o, s:o}}", "head", "title", text(crowd, 5), "practice",
                     text(crowd, WORDS_OF_TEXT));
}

static json_t *measure(struct crowd *crowd)
{
    return json_pack("{s:{s:o, s:s, s:s, s:s}, s:{s:s}}", "head", "name", text(crowd, 4),
                     "kind", "outcome", "unit", "percent", "frequency", "month", "standing",
                     "since", "2023-01-01");
}

static json_t *release(struct crowd *crowd)
{
    char period[11];
    const char *of = any(crowd, &measures);

    day(crowd, period, true);
    return json_pack("{s:{s:s, s:s, s:i, s:i}, s:{s:i, s:i, s:[]}}", "head", "measure",
                     of == NULL ? "" : of, "period", period, "edition", 1, "least", 10,
                     "figures", "denominator", 100, "numerator",
                     (int)rng_below(&crowd->rng, 100), "cells");
}

/* Of a thousand records. The hub's first are its measures: releases are of those. */
static const struct kind {
    const char *type;
    unsigned of_thousand;
    json_t *(*make)(struct crowd *crowd);
    struct refs *refs;
    const struct refs *needs;
} kinds[] = {
    {"cycle", 500, cycle, &cycles, NULL},    {"feedback", 200, feedback, NULL, &cycles},
    {"idea", 120, idea, &ideas, NULL},       {"release", 120, release, NULL, &measures},
    {"bright_spot", 60, spot, &spots, NULL},
};

static void make(struct crowd *crowd, unsigned at, const struct kind *kind, struct buf *body)
{
    char person[] = "Team", when[24], on[11];
    struct revision revision = {.owner = crowd->schools[at].keyfile.school,
                                .v = 1,
                                .lamport = 1,
                                .person = person,
                                .at = when};

    (void)snprintf(revision.type, sizeof(revision.type), "%s", kind->type);
    day(crowd, on, false);
    (void)snprintf(when, sizeof(when), "%sT09:30:00Z", on);
    env_random(&crowd->env, revision.record.b, sizeof(revision.record.b));
    env_random(&crowd->env, revision.edit.b, sizeof(revision.edit.b));
    revision.sections = kind->make(crowd);
    CHECK(revision.sections != NULL);
    body->len = 0;
    enum err err = revision_encode(&revision, body, NULL);
    CHECK(err == ERR_OK);
    if (kind->refs != NULL) remember(kind->refs, &revision);
    json_decref(revision.sections);
}

static const struct kind *choose(struct crowd *crowd)
{
    for (;;) {
        uint64_t at = rng_below(&crowd->rng, 1000);
        size_t i = 0;
        while (at >= kinds[i].of_thousand)
            at -= kinds[i++].of_thousand;
        if (kinds[i].needs == NULL || kinds[i].needs->n > 0) return &kinds[i];
    }
}

void crowd_write_year(struct crowd *crowd, unsigned at, unsigned count)
{
    static const struct kind a_measure = {"measure", 0, measure, &measures, NULL};
    struct command_revision revisions[BATCH];
    struct buf bodies[BATCH] = {{0}};

    for (unsigned done = 0; done < count;) {
        unsigned n = count - done < BATCH ? count - done : BATCH;
        for (unsigned i = 0; i < n; i++) {
            make(crowd, at, at == CROWD_HUB && measures.n < 5 ? &a_measure : choose(crowd),
                 &bodies[i]);
            revisions[i] = (struct command_revision){.audience = {.class = AUDIENCE_NETWORK},
                                                     .body = buf_slice(&bodies[i])};
        }
        struct command command = {.kind = COMMAND_WRITE, .write = {revisions, n}};
        crowd_do(crowd, at, &command);
        done += n;
    }
    for (unsigned i = 0; i < BATCH; i++)
        buf_fini(&bodies[i]);
}
