/* What is told, as a system of sums, and whether what is not told can be worked out of it. */
#include <string.h>

#include "daemon/measure/suppress_inner.h"
#include "proto/base/check.h"

/* ---- versions ---- */

static const struct suppress_told *told_in(const struct suppress_work *work, size_t release,
                                           uint32_t cell)
{
    return &work->table->earlier[(release - 1) * work->table->cells_n + cell];
}

/* The true value of a cell in a release, where it is known here. */
static bool value_in(const struct suppress_work *work, size_t release, uint32_t cell,
                     int64_t *value)
{
    if (release == 0) {
        const struct suppress_cell *now = &work->table->cells[cell];
        *value = now->value;
        return now->given == SUPPRESS_GIVEN || (now->given == SUPPRESS_HIDDEN && now->known);
    }
    const struct suppress_told *told = told_in(work, release, cell);
    *value = told->known ? told->value : told->lo;
    return told->present && (told->known || told->lo == told->hi);
}

/* Whether a cell is the same number in a release and in the next one that says something of it
 * (0: now): not corrected in between. Where nobody here knows, two that are not told are taken
 * for one.
 */
static bool is_same(const struct suppress_work *work, size_t release, size_t next,
                    uint32_t cell)
{
    int64_t before, after;
    bool knew = value_in(work, release, cell, &before),
         know = value_in(work, next, cell, &after);
    if (knew && know) return before == after;
    if (knew || know) return false;
    return next > 0 || work->table->cells[cell].given == SUPPRESS_HIDDEN;
}

static void learn(struct suppress_unknown *unknown, const struct suppress_told *told)
{
    if (!told->present) return;
    if (told->lo > unknown->lo) unknown->lo = told->lo;
    if (told->hi < unknown->hi) unknown->hi = told->hi;
    if (told->lo == told->hi) {
        unknown->fixed = true;
        return;
    }
    unknown->guarded = true;
    if (told->hi != SUPPRESS_UNBOUNDED && told->hi - told->lo < unknown->band) {
        unknown->band = told->hi - told->lo;
    }
}

static uint32_t add_unknown(struct suppress_work *work, uint32_t cell)
{
    work->unknowns[work->unknowns_n] = (struct suppress_unknown){
        .cell = cell, .hi = SUPPRESS_UNBOUNDED, .band = SUPPRESS_UNBOUNDED};
    return (uint32_t)work->unknowns_n++;
}

static void find_versions(struct suppress_work *work)
{
    size_t n = work->table->cells_n, releases = work->table->earlier_n + 1;
    work->unknowns = arena_alloc(&work->arena, (n * releases + 1) * sizeof(*work->unknowns));
    work->version = arena_alloc(&work->arena, (n * releases + 1) * sizeof(*work->version));
    for (uint32_t i = 0; i < n; i++)
        work->version[i] = add_unknown(work, i);
    for (uint32_t i = 0; i < n; i++) {
        size_t next = 0;
        for (size_t r = releases - 1; r > 0; r--) {
            const struct suppress_told *told = told_in(work, r, i);
            uint32_t unknown = told->present && is_same(work, r, next, i)
                                   ? suppress_version(work, next, i)
                                   : add_unknown(work, i);
            work->version[r * n + i] = unknown;
            learn(&work->unknowns[unknown], told);
            if (told->present) next = r;
        }
    }
}

/* ---- rows ---- */

static bool equal_rows(const struct feasible_row *x, const struct feasible_row *y)
{
    if (x->n != y->n || x->at_most != y->at_most) return false;
    for (size_t i = 0; i < x->n; i++) {
        if (x->terms[i].unknown != y->terms[i].unknown ||
            x->terms[i].sign != y->terms[i].sign) {
            return false;
        }
    }
    return true;
}

/* Adds the row unless one of the same kind, from `since` on, says it already. */
static void add_row(struct suppress_work *work, size_t since, const struct feasible_term *terms,
                    size_t n, bool at_most)
{
    struct feasible_row row = {.terms = arena_dup(&work->arena, terms, n * sizeof(*terms)),
                               .n = n,
                               .at_most = at_most};
    for (size_t i = since; i < work->rows_n; i++) {
        if (equal_rows(&work->rows[i], &row)) return;
    }
    work->rows[work->rows_n++] = row;
}

static bool is_present(const struct suppress_work *work, size_t release, uint32_t cell)
{
    return release == 0 || told_in(work, release, cell)->present;
}

static void write_rows(struct suppress_work *work)
{
    const struct suppress_table *table = work->table;
    size_t releases = table->earlier_n + 1;
    work->rows = arena_alloc(&work->arena, (releases * (table->lines_n + table->cells_n) + 1) *
                                               sizeof(*work->rows));
    struct feasible_term *terms =
        arena_alloc(&work->arena, (table->cells_n + 1) * sizeof(*terms));
    for (size_t i = 0; i < table->lines_n; i++) {
        const struct suppress_line *line = &table->lines[i];
        size_t since = work->rows_n;
        for (size_t r = 0; r < releases; r++) {
            if (!is_present(work, r, line->total)) continue;
            for (size_t k = 0; k < line->n; k++)
                terms[k] = (struct feasible_term){suppress_version(work, r, line->parts[k]), 1};
            terms[line->n] = (struct feasible_term){suppress_version(work, r, line->total), -1};
            add_row(work, since, terms, line->n + 1, false);
        }
    }
    for (uint32_t i = 0; i < table->cells_n; i++) {
        uint32_t of = table->cells[i].of;
        size_t since = work->rows_n;
        for (size_t r = 0; r < releases && of != SUPPRESS_NONE; r++) {
            if (!is_present(work, r, i) || !is_present(work, r, of)) continue;
            terms[0] = (struct feasible_term){suppress_version(work, r, i), 1};
            terms[1] = (struct feasible_term){suppress_version(work, r, of), -1};
            add_row(work, since, terms, 2, true);
        }
    }
}

enum err suppress_audit_begin(struct suppress_work *work)
{
    find_versions(work);
    write_rows(work);
    return ERR_OK;
}

/* ---- what is told ---- */

/* What a release says of a cell, when these are hidden now. */
static struct suppress_told said(const struct suppress_work *work, const bool *hidden,
                                 size_t release, uint32_t cell)
{
    if (release > 0) return *told_in(work, release, cell);
    struct suppress_told out = {.present = true, .hi = SUPPRESS_UNBOUNDED};
    if (hidden[cell] || suppress_is_silent(&work->table->cells[cell])) return out;
    if (work->why[cell] == SUPPRESS_WHY_BAND) {
        out.lo = work->lo[cell];
        out.hi = work->hi[cell];
    } else {
        out.lo = out.hi = work->table->cells[cell].value;
    }
    return out;
}

static struct feasible_unknown known_of(const struct suppress_work *work, const bool *hidden,
                                        uint32_t u)
{
    const struct suppress_unknown *unknown = &work->unknowns[u];
    struct feasible_unknown out = {unknown->lo, unknown->hi, unknown->fixed};
    if (u >= work->table->cells_n || unknown->fixed) return out;
    struct suppress_told now = said(work, hidden, 0, u);
    if (now.lo > out.lo) out.lo = now.lo;
    if (now.hi < out.hi) out.hi = now.hi;
    out.told = now.lo == now.hi;
    return out;
}

/* Whether the interval of an unknown is to be wide at all. */
static bool is_judged(const struct suppress_work *work, const struct feasible_unknown *known,
                      uint32_t u)
{
    const struct suppress_unknown *unknown = &work->unknowns[u];
    if (known->told || unknown->given_away) return false;
    if (unknown->guarded) return true;
    return u < work->table->cells_n && work->table->cells[u].given != SUPPRESS_UNTOLD;
}

/* A told total of numerators bounds them by how many it counts, and how many it does not. */
static int64_t bounded_by_total(const struct suppress_work *work, const bool *hidden,
                                size_t release, const struct suppress_line *line, int64_t need)
{
    uint32_t whole = work->table->cells[line->total].of;
    if (whole == SUPPRESS_NONE || !is_present(work, release, line->total)) return need;
    struct suppress_told total = said(work, hidden, release, line->total);
    if (total.hi < need) need = total.hi;
    if (!is_present(work, release, whole)) return need;
    struct suppress_told all = said(work, hidden, release, whole);
    if (all.lo == all.hi && all.hi - total.lo < need) need = all.hi - total.lo;
    return need;
}

/* How wide the interval of an unknown has to be. */
static int64_t need_of(const struct suppress_work *work, const bool *hidden,
                       const struct feasible_unknown *known, uint32_t u)
{
    const struct suppress_table *table = work->table;
    const struct suppress_unknown *unknown = &work->unknowns[u];
    uint32_t of = table->cells[unknown->cell].of;
    int64_t need = table->least;
    if (of == SUPPRESS_NONE) return need;
    if (unknown->band < need) need = unknown->band;
    if (known->hi != SUPPRESS_UNBOUNDED && known->hi - known->lo < need) {
        need = known->hi - known->lo;
    }
    for (size_t r = 0; r <= table->earlier_n; r++) {
        if (suppress_version(work, r, unknown->cell) != u) continue;
        struct suppress_told whole = said(work, hidden, r, of);
        if (whole.present && whole.hi < need) need = whole.hi;
        for (size_t i = 0; i < table->lines_n; i++) {
            bool in = false;
            for (size_t k = 0; k < table->lines[i].n && !in; k++)
                in = table->lines[i].parts[k] == unknown->cell;
            if (in) need = bounded_by_total(work, hidden, r, &table->lines[i], need);
        }
    }
    return need;
}

/* ---- judging ---- */

static enum err open_system(struct suppress_work *work, const bool *hidden,
                            struct feasible_unknown **known, struct feasible **out)
{
    *known = arena_alloc(&work->arena, (work->unknowns_n + 1) * sizeof(**known));
    for (uint32_t u = 0; u < work->unknowns_n; u++)
        (*known)[u] = known_of(work, hidden, u);
    struct feasible_system system = {*known, work->unknowns_n, work->rows, work->rows_n};
    return feasible_open(&system, &work->budget, out);
}

/* From gains of unknowns to those of the cells that could still be hidden. */
static bool add_cut(struct suppress_work *work, const bool *hidden, uint32_t unknown,
                    int64_t need, const struct feasible_answer *answer)
{
    size_t n = work->table->cells_n;
    int64_t *gains = arena_alloc(&work->arena, (n + 1) * sizeof(*gains));
    bool any = false;
    for (uint32_t i = 0; i < n; i++) {
        if (hidden[i] || !suppress_is_candidate(work, i)) continue;
        gains[i] = answer->gains == NULL ? need : answer->gains[i];
        any = any || gains[i] > 0;
    }
    if (!any) return false;
    MEM_RESERVE(work->cuts, work->cuts_n, work->cuts_cap);
    work->cuts[work->cuts_n++] = (struct suppress_cut){unknown, gains, need - answer->width};
    return true;
}

enum err suppress_audit_judge(struct suppress_work *work, const bool *hidden,
                              enum suppress_audit_depth depth, size_t *narrow)
{
    struct feasible *f = NULL;
    struct feasible_unknown *known;
    *narrow = 0;
    enum err err = open_system(work, hidden, &known, &f);
    for (uint32_t u = 0; u < work->unknowns_n && err == ERR_OK; u++) {
        if (!is_judged(work, &known[u], u)) continue;
        int64_t need = need_of(work, hidden, &known[u], u);
        if (need <= 0) continue;
        struct feasible_answer answer;
        err = feasible_judge(f, u, need, &work->arena, &answer);
        if (err != ERR_OK || answer.verdict == FEASIBLE_WIDE) continue;
        if (!add_cut(work, hidden, u, need, &answer)) {
            work->unknowns[u].given_away = true;
            continue;
        }
        (*narrow)++;
        if (depth == SUPPRESS_AUDIT_FIRST) break;
    }
    feasible_close(f);
    return err;
}

enum err suppress_audit_intervals(struct suppress_work *work, const bool *hidden,
                                  struct suppress_answer *answers)
{
    struct feasible *f = NULL;
    struct feasible_unknown *known;
    enum err err = open_system(work, hidden, &known, &f);
    for (uint32_t i = 0; i < work->table->cells_n && err == ERR_OK; i++) {
        answers[i].least = known[i].lo;
        answers[i].most = known[i].hi;
        if (!known[i].told) err = feasible_interval(f, i, &answers[i].least, &answers[i].most);
    }
    feasible_close(f);
    return err;
}
