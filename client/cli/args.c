#include "client/cli/args.h"

#include <stdlib.h>
#include <string.h>

static void put_error(struct args *args, const char *const *parts)
{
    for (; *parts != NULL; parts++)
        buf_put_str(&args->error, *parts);
    buf_put_u8(&args->error, 0);
}

static const struct args_option *find(const char *name, size_t n, char letter,
                                      const struct args_option *const *lists, size_t n_lists)
{
    for (size_t i = 0; i < n_lists; i++) {
        for (const struct args_option *option = lists[i]; option->name != NULL; option++) {
            if (letter != 0 ? option->letter == letter
                            : strlen(option->name) == n && memcmp(option->name, name, n) == 0) {
                return option;
            }
        }
    }
    return NULL;
}

static void unknown(struct args *args, const char *typed, size_t n,
                    const struct args_option *const *lists, size_t n_lists)
{
    const char **names = NULL;
    size_t count = 0, cap = 0;
    for (size_t i = 0; i < n_lists; i++) {
        for (const struct args_option *option = lists[i]; option->name != NULL; option++) {
            MEM_RESERVE(names, count, cap);
            names[count++] = option->name;
        }
    }
    char *name = strndup(typed, n);
    const char *near = count == 0 || n < 2 ? NULL : args_nearest(name, names, count);
    const char *hyphens = n < 2 ? "-" : "--";
    put_error(args, (const char *[]){"There is no option ", hyphens, name, ".",
                                     near == NULL ? "" : " Did you mean --",
                                     near == NULL ? "" : near, near == NULL ? "" : "?", NULL});
    free(name);
    free(names);
}

static bool give(struct args *args, const struct args_option *option, const char *value)
{
    if (!option->many && args_has(args, option->name)) {
        put_error(args, (const char *[]){"--", option->name, " was given twice.", NULL});
        return false;
    }
    args->given[args->n_given++] = (struct args_given){option, value};
    return true;
}

/* An option at argv[*i]; *i moves on over its value. */
static bool parse_option(struct args *args, int argc, char *const *argv, int *i,
                         const struct args_option *const *lists, size_t n_lists)
{
    const char *word = argv[*i], *name, *equals = NULL;
    const struct args_option *option;
    size_t n;
    if (word[1] == '-') {
        name = word + 2;
        equals = strchr(name, '=');
        n = equals == NULL ? strlen(name) : (size_t)(equals - name);
        option = find(name, n, 0, lists, n_lists);
    } else {
        name = word + 1;
        n = strlen(name);
        option = n == 1 ? find(NULL, 0, name[0], lists, n_lists) : NULL;
    }
    if (option == NULL) {
        unknown(args, name, n, lists, n_lists);
        return false;
    }
    if (option->value == NULL) {
        if (equals == NULL) return give(args, option, NULL);
        put_error(args, (const char *[]){"--", option->name, " takes no value.", NULL});
        return false;
    }
    if (equals != NULL) return give(args, option, equals + 1);
    if (*i + 1 >= argc) {
        put_error(args, (const char *[]){"--", option->name, " needs a value: --", option->name,
                                         " ", option->value, NULL});
        return false;
    }
    return give(args, option, argv[++*i]);
}

bool args_parse(struct args *args, int argc, char *const *argv,
                const struct args_option *const *lists, size_t n_lists)
{
    *args = (struct args){
        .words = mem_zalloc(((size_t)argc + 2) * sizeof(*args->words)),
        .given = mem_zalloc(((size_t)argc + 1) * sizeof(*args->given)),
    };
    bool words_only = false;
    for (int i = 0; i < argc; i++) {
        if (words_only || argv[i][0] != '-' || argv[i][1] == '\0') {
            args->words[args->n++] = argv[i];
        } else if (strcmp(argv[i], "--") == 0) {
            words_only = true;
        } else if (!parse_option(args, argc, argv, &i, lists, n_lists)) {
            return false;
        }
    }
    return true;
}

void args_fini(struct args *args)
{
    free(args->words);
    free(args->given);
    buf_fini(&args->error);
}

const char *args_get(const struct args *args, const char *name)
{
    const char *value = NULL;
    for (size_t i = 0; i < args->n_given; i++) {
        if (strcmp(args->given[i].option->name, name) == 0) value = args->given[i].value;
    }
    return value;
}

bool args_has(const struct args *args, const char *name)
{
    for (size_t i = 0; i < args->n_given; i++) {
        if (strcmp(args->given[i].option->name, name) == 0) return true;
    }
    return false;
}

const char *args_next(const struct args *args, const char *name, size_t *at)
{
    while (*at < args->n_given) {
        const struct args_given *given = &args->given[(*at)++];
        if (strcmp(given->option->name, name) == 0) return given->value;
    }
    return NULL;
}

const char *args_word(const struct args *args, size_t i)
{
    return i < args->n ? args->words[i] : NULL;
}

char *args_words(const struct args *args)
{
    struct buf out = {0};
    for (size_t i = 0; i < args->n; i++) {
        if (i > 0) buf_put_u8(&out, ' ');
        buf_put_str(&out, args->words[i]);
    }
    buf_put_u8(&out, 0);
    return (char *)out.data;
}

/* Damerau-Levenshtein (neighbours swapped count 1), on words of up to 31 bytes. */
static size_t distance(const char *a, const char *b)
{
    enum { MAX = 32 };
    size_t n = strlen(a), m = strlen(b), d[MAX][MAX];
    if (n >= MAX || m >= MAX) return MAX;
    for (size_t i = 0; i <= n; i++)
        d[i][0] = i;
    for (size_t j = 0; j <= m; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        for (size_t j = 1; j <= m; j++) {
            size_t best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            if (d[i - 1][j] + 1 < best) best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best) best = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                d[i - 2][j - 2] + 1 < best) {
                best = d[i - 2][j - 2] + 1;
            }
            d[i][j] = best;
        }
    }
    return d[n][m];
}

const char *args_nearest(const char *typed, const char *const *words, size_t n)
{
    const char *best = NULL;
    size_t typed_n = strlen(typed), least = typed_n <= 3 ? 2 : typed_n <= 6 ? 3 : 4;
    for (size_t i = 0; i < n; i++) {
        if (typed_n >= 3 && strncmp(words[i], typed, typed_n) == 0) return words[i];
        size_t d = distance(typed, words[i]);
        if (d < least) {
            least = d;
            best = words[i];
        }
    }
    return best;
}
