#include "daemon/app/types.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/app/folder.h"
#include "daemon/app/log.h"
#include "proto/base/check.h"

enum { FILE_BYTES_MAX = 256 * 1024 }; /* what a schema may have */

static const char ending[] = ".json";

static void refuse(json_t *refused, const char *file, const char *text)
{
    struct log_line line;

    log_begin(&line, LOG_WARN, LOG_APP, "type-refused");
    log_text(&line, "file", file);
    log_text(&line, "why", text);
    log_end(&line);
    json_t *entry = json_pack("{s:s, s:s}", "file", file, "text", text);
    if (entry == NULL) entry = json_pack("{s:s, s:s}", "file", "?", "text", text);
    CHECK(json_array_append_new(refused, entry) == 0);
}

static int is_type_file(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name);
    return entry->d_name[0] != '.' && n >= sizeof(ending) &&
           strcmp(entry->d_name + n - strlen(ending), ending) == 0;
}

/* The file's bytes; NULL with a sentence. */
static const char *read_file(const char *path, struct buf *out)
{
    FILE *file = fopen(path, "rb");
    const char *wrong = NULL;
    size_t got = 1;

    if (file == NULL) return "it cannot be opened: may this user read it?";
    while (wrong == NULL && got > 0) {
        uint8_t bytes[4096];
        got = fread(bytes, 1, sizeof(bytes), file);
        buf_put(out, bytes, got);
        if (out->len > FILE_BYTES_MAX) wrong = "a type has at most 256 KiB";
    }
    if (wrong == NULL && ferror(file) != 0) wrong = "it cannot be read: is it a file?";
    (void)fclose(file);
    return wrong;
}

/* Is the type named as its file? Else two files could bring one type, and nobody saw which. */
static bool named_alike(struct slice text, const char *name)
{
    json_t *json = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
    const char *title = json_string_value(json_object_get(json, "title"));
    size_t n = strlen(name) - strlen(ending);
    /* What is no JSON or has no title is for the schema to say. */
    bool alike = title == NULL || (strlen(title) == n && strncmp(title, name, n) == 0);
    json_decref(json);
    return alike;
}

static void load_file(struct schema_set *set, const char *folder, const char *name,
                      json_t *refused)
{
    char path[FOLDER_PATH_BYTES];
    struct buf text = {0};
    char *why = NULL;

    if (folder_path(path, folder, name) != ERR_OK) {
        refuse(refused, name, "the folder's path is too long");
        return;
    }
    const char *wrong = read_file(path, &text);
    if (wrong == NULL && !named_alike(buf_slice(&text), name))
        wrong = "title: call the file as the type, TITLE.json";
    if (wrong == NULL && schema_set_add(set, buf_slice(&text), &why) != ERR_OK) wrong = why;
    if (wrong != NULL)
        refuse(refused, name, wrong);
    else
        log_say(LOG_INFO, LOG_APP, "type-added", "file", name);
    free(why);
    buf_fini(&text);
}

json_t *types_load(struct schema_set *set, const char *folder)
{
    json_t *refused = json_array();
    struct dirent **names = NULL;
    int n = scandir(folder, &names, is_type_file, alphasort);

    if (n < 0 && errno != ENOENT) refuse(refused, folder, "the folder of types cannot be read");
    for (int i = 0; i < n; i++) {
        if (i < TYPES_FILES_MAX)
            load_file(set, folder, names[i]->d_name, refused);
        else
            refuse(refused, names[i]->d_name,
                   "200 types of one's own are the most there may be");
        free(names[i]);
    }
    free(names);
    return refused;
}
