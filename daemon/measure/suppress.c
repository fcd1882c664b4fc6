#include "daemon/measure/suppress.h"

#include "daemon/measure/suppress_inner.h"
#include "proto/base/check.h"

/* What an audit may cost: entries of tableaus that are touched; about two seconds on an old PC.
 */
#define BUDGET UINT64_C(600000000)

static const struct {
    const char *name, *text;
} whys[] = {
#define X(NAME, name, text) {name, text},
    SUPPRESS_WHY_TABLE(X)
#undef X
};

const char *suppress_why_name(enum suppress_why why)
{
    CHECK(why < SUPPRESS_WHY_COUNT);
    return whys[why].name;
}

const char *suppress_why_text(enum suppress_why why)
{
    CHECK(why < SUPPRESS_WHY_COUNT);
    return whys[why].text;
}

int suppress_band(int64_t denominator, int64_t *most)
{
    static const int shares[] = {1, 2, 5, 10, 20, 40};
    for (size_t i = 0; i < sizeof(shares) / sizeof(*shares); i++) {
        *most = denominator * shares[i] / 100;
        if (*most >= 2) return shares[i];
    }
    *most = denominator;
    return 100;
}

bool suppress_is_forced(const struct suppress_work *work, uint32_t cell)
{
    enum suppress_why why = work->why[cell];
    return why != SUPPRESS_WHY_NOTHING && why != SUPPRESS_WHY_BAND &&
           why != SUPPRESS_WHY_MISSING && why != SUPPRESS_WHY_UNTOLD;
}

bool suppress_is_candidate(const struct suppress_work *work, uint32_t cell)
{
    const struct suppress_cell *here = &work->table->cells[cell];
    if (here->given != SUPPRESS_GIVEN || work->unknowns[cell].fixed) return false;
    if (suppress_is_forced(work, cell)) return false;
    /* Of nobody there is no numerator to hide. */
    return here->of == SUPPRESS_NONE || work->table->cells[here->of].value > 0 ||
           work->table->cells[here->of].given != SUPPRESS_GIVEN;
}

/* ---- checking ---- */

static enum err refuse(const char **why, enum err err, const char *text)
{
    *why = text;
    return err;
}

static bool is_known(const struct suppress_cell *cell)
{
    return cell->given == SUPPRESS_GIVEN || (cell->given != SUPPRESS_MISSING && cell->known);
}

static enum err check_cell(const struct suppress_table *table, uint32_t i, const char **why)
{
    const struct suppress_cell *cell = &table->cells[i];
    if (is_known(cell) && (cell->value < 0 || cell->value > SUPPRESS_VALUE_MAX)) {
        return refuse(why, ERR_INVALID, "a cell holds a number from 0 to a trillion");
    }
    if (cell->of == SUPPRESS_NONE) return ERR_OK;
    if (cell->of >= table->cells_n || table->cells[cell->of].of != SUPPRESS_NONE) {
        return refuse(why, ERR_INVALID, "a numerator's denominator is no denominator");
    }
    const struct suppress_cell *whole = &table->cells[cell->of];
    if (is_known(cell) && is_known(whole) && cell->value > whole->value) {
        return refuse(why, ERR_INVALID, "a numerator is larger than its denominator");
    }
    if (cell->given == SUPPRESS_GIVEN && whole->given == SUPPRESS_MISSING) {
        return refuse(why, ERR_INVALID, "a numerator has no denominator");
    }
    return ERR_OK;
}

static enum err check_line(const struct suppress_table *table, const struct suppress_line *line,
                           bool *in, const char **why)
{
    const uint32_t n = (uint32_t)table->cells_n;
    bool known = line->total < n && is_known(&table->cells[line->total]), bad = false;
    int64_t sum = 0;
    for (size_t i = 0; i < line->n; i++) {
        uint32_t part = line->parts[i];
        bad = bad || part >= n || part == line->total || in[part];
        if (bad) break;
        in[part] = true;
        known = known && is_known(&table->cells[part]);
        sum += table->cells[part].value;
    }
    for (size_t i = 0; i < line->n && line->parts[i] < n; i++)
        in[line->parts[i]] = false;
    if (bad || line->total >= n || line->n == 0) {
        return refuse(why, ERR_INVALID, "a line names a cell twice, or one that is not there");
    }
    if (line->two_valued && (line->n < 2 || line->n > 3)) {
        return refuse(why, ERR_INVALID,
                      "a line of two values has two parts, and perhaps a rest");
    }
    if (known && sum != table->cells[line->total].value) {
        return refuse(why, ERR_INVALID, "the parts of a line do not add up to its total");
    }
    return ERR_OK;
}

static enum err check(struct suppress_work *work, const char **why)
{
    const struct suppress_table *table = work->table;
    if (table->cells_n > SUPPRESS_CELLS_MAX || table->lines_n > SUPPRESS_LINES_MAX ||
        table->earlier_n > SUPPRESS_EARLIER_MAX) {
        return refuse(
            why, ERR_LIMIT,
            "the table is too large: at most 1000 cells, 500 lines, 32 earlier releases");
    }
    if (table->least < 1 || table->least > SUPPRESS_LEAST_MAX) {
        return refuse(why, ERR_INVALID, "n is from 1 to 1000");
    }
    enum err err = ERR_OK;
    for (uint32_t i = 0; i < table->cells_n && err == ERR_OK; i++)
        err = check_cell(table, i, why);
    bool *in = arena_alloc(&work->arena, table->cells_n + 1);
    for (size_t i = 0; i < table->lines_n && err == ERR_OK; i++)
        err = check_line(table, &table->lines[i], in, why);
    for (size_t i = 0; i < table->earlier_n * table->cells_n && err == ERR_OK; i++) {
        const struct suppress_told *told = &table->earlier[i];
        if (told->present &&
            (told->lo < 0 || told->lo > told->hi ||
             (told->known && (told->value < told->lo || told->value > told->hi)))) {
            err = refuse(why, ERR_INVALID, "what an earlier release says of a cell cannot be");
        }
    }
    return err;
}

/* ---- the rules ---- */

static void force(struct suppress_work *work, uint32_t cell, enum suppress_why why)
{
    if (suppress_is_silent(&work->table->cells[cell])) return;
    if (!suppress_is_forced(work, cell)) work->why[cell] = why;
}

static void rule_of_cell(struct suppress_work *work, uint32_t i)
{
    const struct suppress_cell *cell = &work->table->cells[i];
    if (cell->given == SUPPRESS_MISSING) {
        work->why[i] = SUPPRESS_WHY_MISSING;
    } else if (cell->given == SUPPRESS_UNTOLD) {
        work->why[i] = SUPPRESS_WHY_UNTOLD;
    } else if (cell->given == SUPPRESS_HIDDEN) {
        force(work, i, SUPPRESS_WHY_BEFORE);
    } else if (cell->of == SUPPRESS_NONE && cell->value > 0 &&
               cell->value < work->table->least) {
        force(work, i, SUPPRESS_WHY_SMALL);
    } else if (cell->schools > 0 && cell->schools < SUPPRESS_SCHOOLS) {
        force(work, i, SUPPRESS_WHY_SCHOOLS);
    } else if (work->unknowns[i].guarded && !work->unknowns[i].fixed) {
        force(work, i, SUPPRESS_WHY_BEFORE);
    }
}

/* What goes with what is hidden, until nothing more does. */
static void rule_of_company(struct suppress_work *work)
{
    bool more = true;
    while (more) {
        more = false;
        for (uint32_t i = 0; i < work->table->cells_n; i++) {
            uint32_t of = work->table->cells[i].of, pair = work->pair[i];
            if (suppress_is_forced(work, i) || suppress_is_silent(&work->table->cells[i]))
                continue;
            if (pair != SUPPRESS_NONE && suppress_is_forced(work, pair)) {
                work->why[i] = SUPPRESS_WHY_PAIR;
            } else if (of != SUPPRESS_NONE && suppress_is_forced(work, of)) {
                work->why[i] = SUPPRESS_WHY_WHOLE;
            } else {
                continue;
            }
            more = true;
        }
    }
}

static void rule_of_bands(struct suppress_work *work)
{
    for (uint32_t i = 0; i < work->table->cells_n; i++) {
        const struct suppress_cell *cell = &work->table->cells[i];
        if (work->why[i] != SUPPRESS_WHY_NOTHING || cell->of == SUPPRESS_NONE) continue;
        int64_t whole = work->table->cells[cell->of].value, most;
        if (whole == 0 || work->unknowns[i].fixed) continue;
        suppress_band(whole, &most);
        if (cell->value > most && whole - cell->value > most) continue;
        work->why[i] = SUPPRESS_WHY_BAND;
        work->lo[i] = cell->value <= most ? 0 : whole - most;
        work->hi[i] = cell->value <= most ? most : whole;
    }
}

static enum err rules(struct suppress_work *work, const char **why)
{
    const struct suppress_table *table = work->table;
    for (uint32_t i = 0; i < table->cells_n; i++)
        work->pair[i] = work->numerator[i] = SUPPRESS_NONE;
    for (uint32_t i = 0; i < table->cells_n; i++) {
        uint32_t of = table->cells[i].of;
        if (of == SUPPRESS_NONE) continue;
        work->numerator[i] = work->numerator[of];
        work->numerator[of] = i;
    }
    for (size_t i = 0; i < table->lines_n; i++) {
        const struct suppress_line *line = &table->lines[i];
        if (!line->two_valued) continue;
        for (int k = 0; k < 2; k++) {
            uint32_t one = line->parts[k], other = line->parts[1 - k];
            if (work->pair[one] != SUPPRESS_NONE && work->pair[one] != other) {
                return refuse(why, ERR_INVALID, "a cell is one of two values twice");
            }
            work->pair[one] = other;
        }
    }
    for (uint32_t i = 0; i < table->cells_n; i++)
        rule_of_cell(work, i);
    rule_of_company(work);
    rule_of_bands(work);
    return ERR_OK;
}

/* ---- whole ---- */

static void answer(struct suppress_work *work, const bool *hidden,
                   struct suppress_answer *answers)
{
    for (uint32_t i = 0; i < work->table->cells_n; i++) {
        const struct suppress_cell *cell = &work->table->cells[i];
        struct suppress_answer *out = &answers[i];
        *out = (struct suppress_answer){.why = work->why[i], .hi = SUPPRESS_UNBOUNDED};
        if (hidden[i] && !suppress_is_forced(work, i)) out->why = SUPPRESS_WHY_AUDIT;
        if (out->why == SUPPRESS_WHY_NOTHING) {
            out->lo = out->hi = cell->value;
        } else if (out->why == SUPPRESS_WHY_BAND) {
            out->lo = work->lo[i];
            out->hi = work->hi[i];
        }
        out->told = out->why != SUPPRESS_WHY_NOTHING &&
                    (work->unknowns[i].fixed || work->unknowns[i].given_away);
    }
}

static enum err work_it_out(struct suppress_work *work, struct suppress_answer *answers,
                            const char **why)
{
    size_t n = work->table->cells_n;
    bool *hidden = arena_alloc(&work->arena, n + 1);
    enum err err = check(work, why);
    if (err == ERR_OK) err = suppress_audit_begin(work);
    if (err == ERR_OK) err = rules(work, why);
    if (err != ERR_OK) return err;
    for (uint32_t i = 0; i < n; i++)
        hidden[i] = suppress_is_forced(work, i);
    err = suppress_search(work, hidden);
    if (err == ERR_OK) {
        answer(work, hidden, answers);
        if (work->table->intervals) err = suppress_audit_intervals(work, hidden, answers);
    }
    if (err == ERR_INVALID) {
        return refuse(why, err, "what is told, now or in earlier releases, contradicts itself");
    }
    if (err == ERR_LIMIT) {
        return refuse(why, err,
                      "the table is too tangled to audit: publish fewer groups at once");
    }
    return err;
}

enum err suppress(const struct suppress_table *table, struct suppress_answer *answers,
                  const char **why)
{
    struct suppress_work work = {.table = table, .budget = BUDGET};
    size_t n = table->cells_n;
    work.why = arena_alloc(&work.arena, (n + 1) * sizeof(*work.why));
    work.lo = arena_alloc(&work.arena, (n + 1) * sizeof(*work.lo));
    work.hi = arena_alloc(&work.arena, (n + 1) * sizeof(*work.hi));
    work.pair = arena_alloc(&work.arena, (n + 1) * sizeof(*work.pair));
    work.numerator = arena_alloc(&work.arena, (n + 1) * sizeof(*work.numerator));
    enum err err = work_it_out(&work, answers, why);
    arena_fini(&work.arena);
    return err;
}
