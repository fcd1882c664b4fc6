#include "daemon/app/config.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/app/folder.h"
#include "daemon/net/address.h"

struct row {
    const char *name;
    size_t offset;
    enum config_type type;
    const char *init;
    enum config_where where;
    const char *argument;
    const char *help;
};

static const struct row rows[] = {
#define X(member, name, type, init, where, argument, help)                                 \
    {name, offsetof(struct config, member), CONFIG_##type, init, CONFIG_##where, argument, \
     help},
    CONFIG_TABLE(X)
#undef X
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static char *value_of(struct config *config, const struct row *row)
{
    return (char *)config + row->offset;
}

/* Sets *why to a new sentence; returns INVALID. */
__attribute__((format(printf, 2, 3))) static enum err refuse(char **why, const char *format,
                                                             ...)
{
    char text[CONFIG_LINE_BYTES];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    *why = mem_strdup(text);
    return ERR_INVALID;
}

/* --------------------------------------------------------------------- types of values -- */

static bool is_text(const char *value)
{
    for (; *value != '\0'; value++) {
        if (iscntrl((unsigned char)*value)) return false;
    }
    return true;
}

static bool is_address(const char *value)
{
    struct address address;
    return strcmp(value, "none") == 0 || address_parse(&address, value) == ERR_OK;
}

/* Calls fn for each part between commas; false when one is refused or there are too many. */
static bool each_part(const char *value, unsigned max, bool (*fn)(const char *part))
{
    char copy[CONFIG_TEXT_BYTES], *save = NULL;
    unsigned n = 0;

    (void)strcpy(copy, value);
    for (char *part = strtok_r(copy, ", ", &save); part != NULL;
         part = strtok_r(NULL, ", ", &save)) {
        if (++n > max || !fn(part)) return false;
    }
    return true;
}

static bool is_callable(const char *part)
{
    struct address address;
    return address_parse(&address, part) == ERR_OK && address.port != 0;
}

static bool is_addresses(const char *value)
{
    return each_part(value, LIMIT_ADDRESSES, is_callable);
}

static int level_of(const char *value)
{
    for (int i = 0; i < LOG_LEVEL_COUNT; i++) {
        if (strcmp(value, log_level_name((enum log_level)i)) == 0) return i;
    }
    return -1;
}

static bool is_level(const char *value)
{
    return level_of(value) >= 0;
}

static int group_of(const char *part)
{
    for (int i = 0; i < LOG_GROUP_COUNT; i++) {
        if (strcmp(part, log_group_name((enum log_group)i)) == 0) return i;
    }
    return -1;
}

static bool is_group(const char *part)
{
    return strcmp(part, "all") == 0 || group_of(part) >= 0;
}

static bool is_groups(const char *value)
{
    return each_part(value, LOG_GROUP_COUNT, is_group);
}

static bool is_number(const char *value)
{
    char *end;

    errno = 0;
    (void)strtol(value, &end, 10);
    return errno == 0 && end != value && *end == '\0' && !isspace((unsigned char)*value);
}

static bool is_port(const char *value)
{
    return strcmp(value, "none") == 0 ||
           (is_number(value) && config_number(value) >= 0 && config_number(value) <= 65535);
}

static const struct {
    bool (*is)(const char *value);
    const char *wants;
} types[] = {
    [CONFIG_TEXT] = {is_text, "text on one line"},
    [CONFIG_NAME] = {folder_name_is_good, "1 to 32 of a-z, 0-9 and -"},
    [CONFIG_ADDRESS] = {is_address, "host:port, or none"},
    [CONFIG_ADDRESSES] = {is_addresses, "at most 8 host:port, with commas between"},
    [CONFIG_LEVEL] = {is_level, "error, warn, info or debug"},
    [CONFIG_GROUPS] = {is_groups, "all, or some of app, store, node, net, view, api"},
    [CONFIG_PORT] = {is_port, "a port from 0 to 65535, or none"},
    [CONFIG_NUMBER] = {is_number, "a whole number"},
};

static enum err set(struct config *config, const struct row *row, const char *value,
                    const char *from, char **why)
{
    if (strlen(value) >= CONFIG_TEXT_BYTES || !types[row->type].is(value))
        return refuse(why, "%s: %s wants %s, not \"%.100s\"", from, row->name,
                      types[row->type].wants, value);
    (void)strcpy(value_of(config, row), value);
    return ERR_OK;
}

void config_init(struct config *config)
{
    memset(config, 0, sizeof(*config));
    for (size_t i = 0; i < ROWS; i++)
        (void)strcpy(value_of(config, &rows[i]), rows[i].init);
}

/* ------------------------------------------------------------------------- the sources -- */

static const struct row *find(const char *name)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (strcmp(rows[i].name, name) == 0) return &rows[i];
    }
    return NULL;
}

static char *trim(char *text)
{
    size_t n = strlen(text);

    while (n > 0 && isspace((unsigned char)text[n - 1]))
        text[--n] = '\0';
    while (isspace((unsigned char)*text))
        text++;
    return text;
}

static enum err file_line(struct config *config, char *text, const char *from, char **why)
{
    char *equals, *name = trim(text);

    if (*name == '\0' || *name == '#') return ERR_OK;
    equals = strchr(name, '=');
    if (equals == NULL) return refuse(why, "%s: expected \"name = value\"", from);
    *equals = '\0';
    const struct row *row = find(trim(name));
    if (row == NULL) return refuse(why, "%s: there is no setting \"%.50s\"", from, trim(name));
    if (row->where == CONFIG_OUTSIDE)
        return refuse(why, "%s: %s can be set by flag or environment only", from, row->name);
    return set(config, row, trim(equals + 1), from, why);
}

enum err config_file(struct config *config, const char *path, char **why)
{
    char text[CONFIG_LINE_BYTES], from[CONFIG_TEXT_BYTES + 32];
    enum err err = ERR_OK;
    FILE *file = fopen(path, "re");

    if (file == NULL)
        return errno == ENOENT || errno == ENOTDIR
                   ? ERR_OK
                   : refuse(why, "%s: %s; make it readable, or take it away", path,
                            strerror(errno));
    for (unsigned line = 1; err == ERR_OK && fgets(text, sizeof(text), file) != NULL; line++) {
        (void)snprintf(from, sizeof(from), "%s:%u", path, line);
        err = strlen(text) == sizeof(text) - 1 ? refuse(why, "%s: the line is too long", from)
                                               : file_line(config, text, from, why);
    }
    if (err == ERR_OK && ferror(file)) err = refuse(why, "%s: cannot be read", path);
    (void)fclose(file);
    return err;
}

enum err config_environment(struct config *config, char **why)
{
    enum err err = ERR_OK;

    for (size_t i = 0; i < ROWS && err == ERR_OK; i++) {
        char name[64];
        int n = snprintf(name, sizeof(name), "KITH_%s", rows[i].name);
        for (int k = 0; k < n; k++)
            name[k] = name[k] == '-' ? '_' : (char)toupper((unsigned char)name[k]);
        const char *value = getenv(name);
        if (value != NULL) err = set(config, &rows[i], value, name, why);
    }
    return err;
}

/* --name value or --name=value; *at moves past what was used. */
static enum err flag(struct config *config, int argc, char **argv, int *at, char **why)
{
    const char *text = argv[*at], *value = NULL;
    char name[64];
    size_t n = strcspn(text, "=");

    if (strncmp(text, "--", 2) != 0 || n - 2 >= sizeof(name))
        return refuse(why, "unexpected \"%.100s\"; kithd --help shows what there is", text);
    memcpy(name, text + 2, n - 2);
    name[n - 2] = '\0';
    const struct row *row = find(name);
    if (row == NULL)
        return refuse(why, "there is no flag --%s; kithd --help shows what there is", name);
    if (text[n] == '=')
        value = text + n + 1;
    else if (*at + 1 < argc)
        value = argv[++*at];
    if (value == NULL) return refuse(why, "--%s wants %s", name, types[row->type].wants);
    return set(config, row, value, text, why);
}

enum err config_flags(struct config *config, int argc, char **argv, enum config_ask *ask,
                      char **why)
{
    static const struct {
        const char *text;
        enum config_ask ask;
    } asks[] = {{"--help", CONFIG_HELP},
                {"-h", CONFIG_HELP},
                {"--version", CONFIG_VERSION},
                {"--print-config", CONFIG_PRINT},
                {"--foreground", CONFIG_RUN}};
    enum err err = ERR_OK;

    *ask = CONFIG_RUN;
    for (int at = 1; at < argc && err == ERR_OK; at++) {
        bool asked = false;
        for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]) && !asked; i++) {
            asked = strcmp(argv[at], asks[i].text) == 0;
            if (asked && asks[i].ask != CONFIG_RUN) *ask = asks[i].ask;
        }
        if (!asked) err = flag(config, argc, argv, &at, why);
    }
    return err;
}

/* -------------------------------------------------------------------------- for people -- */

void config_print(const struct config *config, struct buf *out)
{
    for (size_t i = 0; i < ROWS; i++) {
        const char *value = (const char *)config + rows[i].offset;
        buf_put_str(out, "# ");
        buf_put_str(out, rows[i].help);
        /* What may not stand in the file is shown, and stays readable. */
        buf_put_str(out, rows[i].where == CONFIG_OUTSIDE ? "\n# " : "\n");
        buf_put_str(out, rows[i].name);
        buf_put_str(out, " = ");
        buf_put_str(out, value);
        buf_put_str(out, "\n");
    }
}

/* Words from column 6 on, none past column 80. */
static void put_wrapped(struct buf *out, const char *text)
{
    enum { FROM = 6, TO = 80 };
    size_t column = TO;

    while (*text != '\0') {
        size_t n = strcspn(text, " ");
        if (column + 1 + n > TO) {
            buf_put_str(out, column == TO ? "      " : "\n      ");
            column = FROM;
        } else {
            buf_put_u8(out, ' ');
            column++;
        }
        buf_put(out, text, n);
        column += n;
        text += n + strspn(text + n, " ");
    }
    buf_put_u8(out, '\n');
}

void config_help(struct buf *out)
{
    char text[CONFIG_LINE_BYTES];

    buf_put_str(out, "kithd: the Kith daemon of one school or hub.\n\n"
                     "Each setting can be given as a flag, in the environment as KITH_NAME,\n"
                     "or in DATA/kith.conf as \"name = value\"; a flag wins.\n\n");
    for (size_t i = 0; i < ROWS; i++) {
        (void)snprintf(text, sizeof(text), "  --%s %s\n", rows[i].name, rows[i].argument);
        buf_put_str(out, text);
        (void)snprintf(text, sizeof(text), rows[i].init[0] == '\0' ? "%s" : "%s [%s]",
                       rows[i].help, rows[i].init);
        put_wrapped(out, text);
    }
    buf_put_str(out, "  --foreground\n      stay in the foreground, as always\n"
                     "  --print-config\n      print all settings as a kith.conf, and end\n"
                     "  --version, --help\n\n"
                     "Example: kithd --data /srv/kith --listen *:7447 \\\n"
                     "           --advertise hub.example.org:7447\n");
}

long config_number(const char *value)
{
    return strtol(value, NULL, 10);
}

int config_port(const char *value)
{
    return strcmp(value, "none") == 0 ? -1 : (int)config_number(value);
}

enum log_level config_level(const char *value)
{
    int level = level_of(value);
    return level < 0 ? LOG_INFO : (enum log_level)level;
}

static unsigned groups_found;

static bool add_group(const char *part)
{
    int group = group_of(part);
    groups_found |= group < 0 ? ~0U : 1U << group;
    return true;
}

unsigned config_groups(const char *value)
{
    groups_found = 0;
    (void)each_part(value, LOG_GROUP_COUNT, add_group);
    return groups_found;
}
