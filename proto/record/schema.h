/*
 * schema.h: the record types, which are data: proto/schema/<type>.json, embedded in the
 * program. The subset of JSON Schema and the x- hints are listed in proto/schema/README.md.
 *
 * One schema drives validation, the CLI's flags and prompts, the page's forms and the
 * reference. A record is a set of *sections*, each an object; a section's members are *fields*.
 * A field is a scalar, a list of scalars, or a list of objects whose members are fields again
 * (`items`).
 */
#ifndef RECORD_SCHEMA_H
#define RECORD_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/err.h"
#include "proto/base/mem.h"

enum schema_kind {
    SCHEMA_ANY, /* no type is stated */
    SCHEMA_STRING,
    SCHEMA_INTEGER,
    SCHEMA_NUMBER,
    SCHEMA_BOOLEAN,
    SCHEMA_OBJECT,
    SCHEMA_LIST
};

/* What belongs together in a list of types. X(NAME, x-group, heading), in the order of lists.
 */
#define SCHEMA_GROUPS(X)                                    \
    X(PEOPLE, "people", "Who we are, and what we want")     \
    X(TESTS, "tests", "What we try, and what works")        \
    X(NUMBERS, "numbers", "Whether it gets better")         \
    X(RHYTHM, "rhythm", "The rhythm of a network")          \
    X(FRAMEWORKS, "frameworks", "Ways of working together") \
    X(OWN, "own", "Types of our own")

enum schema_group {
#define X(name, word, heading) SCHEMA_GROUP_##name,
    SCHEMA_GROUPS(X)
#undef X
        SCHEMA_GROUP_COUNT
};
const char *schema_group_heading(enum schema_group group);

/* Who may own a record of the type. ANY: the school, or the network by its roles.
 */
enum schema_owner { SCHEMA_OWNER_SCHOOL, SCHEMA_OWNER_NETWORK, SCHEMA_OWNER_ANY };

/* Where a new one begins: the school alone, the network, or where its target is read. */
enum schema_audience { SCHEMA_AUDIENCE_OWN, SCHEMA_AUDIENCE_NETWORK, SCHEMA_AUDIENCE_TARGET };

/* The classes of spaces from narrow to wide; x-widest is how far a record of the type may go.
 */
enum schema_width {
    SCHEMA_WIDTH_OWN,
    SCHEMA_WIDTH_HUB, /* the school and the hub */
    SCHEMA_WIDTH_GROUP,
    SCHEMA_WIDTH_NETWORK,
    SCHEMA_WIDTH_COUNT
};
extern const char *const schema_widths[SCHEMA_WIDTH_COUNT]; /* "own" … */

/* How a person gives a string (x-input); DATE and REF are checked. */
enum schema_input {
    SCHEMA_INPUT_LINE,
    SCHEMA_INPUT_TEXT, /* several lines */
    SCHEMA_INPUT_DATE, /* YYYY-MM-DD */
    SCHEMA_INPUT_REF   /* a record: revision_ref of revision.h; x-ref names its type, or any */
};

struct schema_field {
    const char *section;        /* "plan"; of an item's field: the list's section */
    const char *name;           /* "objective" */
    const char *path;           /* "plan.objective", "plan.questions[].prediction" */
    const char *label;          /* never NULL: x-label, or the name with spaces */
    const char *help;           /* x-help, or "" */
    const char *prompt;         /* x-prompt, the guiding question; or label */
    const char *flag;           /* x-flag, the CLI's flag without its hyphens; NULL: has none */
    const char *ref;            /* x-ref: the type that a REF points at; NULL: any */
    const char *of;             /* x-of: an item's id is that of an item of this list, or of
                                   "REF:LIST", a list in the record that REF names; NULL */
    const char *up_to;          /* x-up-to: a number is at most the length of that list; NULL */
    const char *poles[2];       /* x-poles: what the least and the greatest mean; NULL */
    const json_t *most;         /* x-most: {field, is, say}; NULL */
    enum schema_kind kind;      /* LIST for a list */
    enum schema_kind item_kind; /* of a list's items; else equal to kind */
    enum schema_input input;
    bool list;
    bool merge_items; /* x-merge: items: a list of objects with ids, merged item by item */
    bool required;
    bool counts_students;       /* x-counts: students */
    bool hidden;                /* x-hidden: written by the program, not asked from a person */
    const char **choices;       /* enum, of the value or of a list's items; NULL: free */
    const char **choice_labels; /* the choices with spaces for hyphens */
    size_t n_choices;
    struct schema_field *items; /* fields of an object or of a list's objects, without the id */
    size_t n_items;
    const json_t *json; /* the field's own schema */
};

struct schema_section {
    const char *name;
    const char *label;
    const char *help;
    bool hidden;
    bool required;
    struct schema_field *fields; /* the file's order */
    size_t n_fields;
};

struct schema {
    const char *type;
    const char *label;  /* "Change idea" */
    const char *plural; /* x-plural: "Change ideas" */
    const char *help;
    const char *title;   /* x-title: path of the field that titles a record, "head.title" */
    const char *summary; /* x-summary: path of the field for a second line, or NULL */
    const char *target;  /* x-target: path of the ref that its audience goes after, or NULL */
    const char *share; /* x-share: with whom one usually shares it: "buddies", "hub", both … */
    enum schema_group group;
    enum schema_owner owner;
    enum schema_audience audience;
    enum schema_width widest;
    bool built_in;  /* embedded in the program */
    bool anonymous; /* x-anonymous: nobody is named, and no face shows one by itself */
    uint64_t v;     /* x-version, written into revisions */
    struct schema_section *sections;
    size_t n_sections;
    const json_t *json;
    struct arena arena; /* what all of the above points into */
    json_t *root;
};

/* A set of schemas: the embedded ones, in order of type, and what was added. */
struct schema_set;

/* The embedded schemas. Aborts if one is not in the subset (a test holds them to it). */
struct schema_set *schema_set_new(void);
void schema_set_free(struct schema_set *set);
/* One without any: for what brings all its types itself. */
struct schema_set *schema_set_bare(void);
/* Adds a type by its JSON text. INVALID: *why (malloc; may be NULL) says where it is wrong and
 * what to do; EXISTS: there is one of that name, which stays. */
MUST_USE enum err schema_set_add(struct schema_set *set, struct slice text, char **why);
size_t schema_set_count(const struct schema_set *set);
const struct schema *schema_set_at(const struct schema_set *set, size_t index);
/* NULL for a type that this node does not know. */
const struct schema *schema_set_find(const struct schema_set *set, const char *type);

const struct schema_section *schema_section(const struct schema *schema, const char *name);
/* By path ("plan.objective") or NULL. */
const struct schema_field *schema_field(const struct schema *schema, const char *path);
/* By flag ("objective"), over all sections; NULL when there is none. */
const struct schema_field *schema_field_by_flag(const struct schema *schema, const char *flag);
/* Walks all fields of all sections in order: start with *at = 0; NULL at the end. */
const struct schema_field *schema_next(const struct schema *schema, size_t *at);

/* The value at a path of two names in a record's sections, or NULL. Borrowed. */
const json_t *schema_get(const json_t *sections, const char *path);
/* The record's title by x-title, else head.title, head.name or the first string that
 * is no ref; or "". */
const char *schema_title(const struct schema *schema, const json_t *sections);

/* What is wrong with a document: where, and what to do about it. */
struct schema_problem {
    char path[128]; /* "plan.questions[1].prediction" */
    char text[256]; /* "write at most 2000 characters (these are 2041)" */
};

/*
 * WHOLE: a record's full sections; PART: some of them, what is required may be missing (a
 * revision, a patch). In a section a null member counts as absent, and of a deleted item only
 * the id is judged.
 */
enum schema_extent { SCHEMA_WHOLE, SCHEMA_PART };

/* sections: the object of all sections. INVALID, and *problem says what to do. */
MUST_USE enum err schema_validate(const struct schema *schema, const json_t *sections,
                                  enum schema_extent extent, struct schema_problem *problem);
/* One section. A section that the schema does not know is fine. */
MUST_USE enum err schema_validate_section(const struct schema *schema, const char *section,
                                          const json_t *value, enum schema_extent extent,
                                          struct schema_problem *problem);
/*
 * A field's value from what a person typed: an integer, number, yes/no, choice (its name, its
 * label or an unambiguous beginning), date, or text; for a list one item. New reference.
 */
MUST_USE enum err schema_parse(const struct schema_field *field, const char *text, json_t **out,
                               struct schema_problem *problem);

#endif
