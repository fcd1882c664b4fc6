#include "daemon/app/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static enum err make(const char *path)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST) return ERR_OK;
    return errno == ENOSPC || errno == EDQUOT ? ERR_NO_SPACE : ERR_SYSTEM;
}

enum err folder_open(char out[FOLDER_PATH_BYTES], const char *data)
{
    char path[FOLDER_PATH_BYTES], *real;

    if (data[0] == '\0' || strlen(data) >= sizeof(path)) return ERR_SYSTEM;
    (void)strcpy(path, data);
    /* Its parents too: a fresh machine has no ~/.local/share. */
    for (char *p = path + 1; *p != '\0'; p++) {
        if (*p != '/') continue;
        *p = '\0';
        enum err err = make(path);
        *p = '/';
        if (err != ERR_OK) return err;
    }
    enum err err = make(path);
    if (err != ERR_OK) return err;
    real = realpath(path, NULL);
    if (real == NULL) return ERR_SYSTEM;
    err = strlen(real) < FOLDER_PATH_BYTES ? ERR_OK : ERR_SYSTEM;
    if (err == ERR_OK) (void)strcpy(out, real);
    free(real);
    return err;
}

bool folder_has_room(const char *data)
{
    enum { ROOM_BYTES = 512 * 1024 };
    struct statvfs fs;

    return statvfs(data, &fs) != 0 || (uint64_t)fs.f_bavail * fs.f_frsize >= ROOM_BYTES;
}

enum err folder_lock(const char *data)
{
    char path[FOLDER_PATH_BYTES];
    enum err err = folder_path(path, data, "lock");

    if (err != ERR_OK) return err;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return errno == ENOSPC ? ERR_NO_SPACE : ERR_SYSTEM;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return ERR_OK; /* the descriptor is the lock: it stays open until the process ends */
    err = errno == EWOULDBLOCK ? ERR_LOCKED : ERR_SYSTEM;
    close(fd);
    return err;
}

enum err folder_path(char out[FOLDER_PATH_BYTES], const char *folder, const char *name)
{
    char path[2 * FOLDER_PATH_BYTES];
    bool alone = strchr(name, '/') != NULL;
    int n = alone ? snprintf(path, sizeof(path), "%s", name)
                  : snprintf(path, sizeof(path), "%s/%s", folder, name);

    if (n < 0 || n >= FOLDER_PATH_BYTES) return ERR_LIMIT;
    (void)strcpy(out, path);
    return ERR_OK;
}

enum err folder_network(char out[FOLDER_PATH_BYTES], const char *data, const char *name)
{
    char networks[FOLDER_PATH_BYTES];
    enum err err = folder_path(networks, data, "networks");

    if (err == ERR_OK) err = make(networks);
    if (err == ERR_OK) err = folder_path(out, networks, name);
    return err == ERR_OK ? make(out) : err;
}

/* The bytes of a file of a network; 0 when there is none. */
static off_t file_bytes(const char *data, const char *name, const char *file)
{
    char path[FOLDER_PATH_BYTES + 64];
    struct stat st;
    int n = snprintf(path, sizeof(path), "%s/networks/%s/%s", data, name, file);

    return n > 0 && (size_t)n < sizeof(path) && stat(path, &st) == 0 ? st.st_size : 0;
}

bool folder_network_is_kept(const char *data, const char *name)
{
    return file_bytes(data, name, "store/data.mdb") > 0;
}

bool folder_network_is_lost(const char *data, const char *name)
{
    return !folder_network_is_kept(data, name) && file_bytes(data, name, "view.sqlite") > 0;
}

void folder_network_drop(const char *data, const char *name)
{
    static const char *const files[] = {
        "store/data.mdb", "store/lock.mdb",  "store/lock",      "store",
        "view.sqlite",    "view.sqlite-wal", "view.sqlite-shm", ""};
    char path[FOLDER_PATH_BYTES + 64];

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        int n = snprintf(path, sizeof(path), "%s/networks/%s/%s", data, name, files[i]);
        if (n > 0 && (size_t)n < sizeof(path)) (void)remove(path);
    }
}

/* -------------------------------------------------------------------------- the page's port --
 */

static const char page_port[] = "page-port";

int folder_page_port(const char *data)
{
    char path[FOLDER_PATH_BYTES], line[8] = "", *end;

    if (folder_path(path, data, page_port) != ERR_OK) return 0;
    FILE *file = fopen(path, "re");
    if (file == NULL) return 0;
    const char *read = fgets(line, sizeof(line), file);
    fclose(file);
    if (read == NULL) return 0;
    long port = strtol(line, &end, 10);
    return end != line && *end == '\n' && port > 1023 && port < 65536 ? (int)port : 0;
}

void folder_keep_page_port(const char *data, int port)
{
    char path[FOLDER_PATH_BYTES];

    if (port == folder_page_port(data) || folder_path(path, data, page_port) != ERR_OK) return;
    FILE *file = fopen(path, "we");
    if (file == NULL) return;
    fprintf(file, "%d\n", port);
    fclose(file);
}

bool folder_name_is_good(const char *name)
{
    size_t n = strlen(name);

    return n > 0 && n < FOLDER_NAME_BYTES &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

size_t folder_networks(char out[FOLDER_NETWORKS_MAX][FOLDER_NAME_BYTES], const char *data)
{
    char path[FOLDER_PATH_BYTES];
    struct dirent *entry;
    size_t n = 0;
    DIR *dir;

    if (folder_path(path, data, "networks") != ERR_OK || (dir = opendir(path)) == NULL)
        return 0;
    while (n < FOLDER_NETWORKS_MAX && (entry = readdir(dir)) != NULL) {
        if (folder_name_is_good(entry->d_name)) (void)strcpy(out[n++], entry->d_name);
    }
    closedir(dir);
    qsort(out, n, FOLDER_NAME_BYTES, by_name);
    return n;
}
