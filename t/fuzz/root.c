/*
 * Paths below a package's directory, by openat2() and by the walk that stands
 * in for it: neither leaves the root, and both find the same.
 */

#include "../../src/core/ngx_invoke_root.c"
#include "fuzz.h"

#include <sys/stat.h>


static int          fuzz_root = -1;
static struct stat  fuzz_outside;


static void
fuzz_init(void)
{
    int   fd;
    char  dir[] = "/tmp/invoke-fuzz-XXXXXX", path[PATH_MAX];

    static char  *links[][2] = {
        { "a", "pkg/b" }, { "a/f", "pkg/f2" }, { "/a", "pkg/abs" },
        { "../..", "pkg/up" }, { "loop", "pkg/loop" }, { "..", "pkg/a/u" },
        { "../../secret", "pkg/a/s" }, { "/proc/self/root", "pkg/proc" },
        { "up/secret", "pkg/s" }, { "b/", "pkg/c" }, { "none", "pkg/n" }
    };

    size_t  i;

    fuzz_check(mkdtemp(dir) != NULL && chdir(dir) == 0);
    fuzz_check(mkdir("pkg", 0755) == 0 && mkdir("pkg/a", 0755) == 0
               && mkdir("pkg/a/d", 0755) == 0 && mkfifo("pkg/p", 0644) == 0);

    for (i = 0; i < 3; i++) {
        (void) snprintf(path, sizeof(path), "%s",
                        ((char *[]) { "secret", "pkg/f", "pkg/a/f" })[i]);
        fd = open(path, O_CREAT|O_WRONLY, 0644);
        fuzz_check(fd != -1 && write(fd, path, 6) == 6);
        (void) close(fd);
    }

    for (i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        fuzz_check(symlink(links[i][0], links[i][1]) == 0);
    }

    fuzz_check(stat("secret", &fuzz_outside) == 0);

    fuzz_root = open("pkg", O_PATH|O_DIRECTORY|O_CLOEXEC);
    fuzz_check(fuzz_root != -1);
}


/* A descriptor's identity, and that it is one of the package. */

static void
fuzz_inside(int fd, struct stat *sb)
{
    char         path[PATH_MAX], link[64];
    ssize_t      n;
    static char  root[PATH_MAX];

    fuzz_check(fstat(fd, sb) == 0);
    fuzz_check(sb->st_ino != fuzz_outside.st_ino
               || sb->st_dev != fuzz_outside.st_dev);

    if (root[0] == '\0') {
        (void) snprintf(link, sizeof(link), "/proc/self/fd/%d", fuzz_root);
        fuzz_check(readlink(link, root, sizeof(root) - 1) > 0);
    }

    (void) snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof(path) - 1);
    fuzz_check(n > 0);
    path[n] = '\0';

    fuzz_check(strncmp(path, root, strlen(root)) == 0
               && (path[strlen(root)] == '/' || path[strlen(root)] == '\0'));
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int          fd, walked, flags, rest;
    char        *path, real[PATH_MAX], other_real[PATH_MAX];
    size_t       len;
    u_char      *text;
    ssize_t      n;
    ngx_err_t    err;
    struct stat  sb, other;

    static int  choices[] = {
        O_RDONLY, O_RDONLY|O_DIRECTORY, O_RDONLY|O_NOFOLLOW, O_PATH
    };

    if (size < 1 || size > 8192) {
        return 0;
    }

    if (fuzz_root == -1) {
        fuzz_init();
    }

    flags = choices[data[0] & 3];
    rest = O_CLOEXEC | (flags == O_PATH ? 0 : O_NONBLOCK);

    path = malloc(size);
    fuzz_check(path != NULL);
    memcpy(path, data + 1, size - 1);
    path[size - 1] = '\0';

    fd = ngx_invoke_root_open(fuzz_root, path, flags);

    if (fd != -1) {
        fuzz_inside(fd, &sb);
        (void) close(fd);
    }

    fd = ngx_invoke_root_openat2(fuzz_root, path, flags|rest, 0);
    err = errno;

    walked = ngx_invoke_root_walk(fuzz_root, path,
                                  flags|rest, NULL, 0, NULL);

    if (fd != -1) {
        fuzz_inside(fd, &sb);
    }

    if (walked != -1) {
        fuzz_inside(walked, &other);
    }

    if (fd != -1 || err != ENOSYS) {
        fuzz_check((fd == -1) == (walked == -1));
        fuzz_check(fd == -1 || (sb.st_ino == other.st_ino
                                && sb.st_dev == other.st_dev));
    }

    if (fd != -1) {
        (void) close(fd);
    }

    if (walked != -1) {
        (void) close(walked);
    }

    (void) ngx_invoke_root_stat(fuzz_root, path, flags, &sb);

    if (ngx_invoke_root_realpath(fuzz_root, path, real, sizeof(real)) > 0) {
        fuzz_check(real[0] == '/');
        fuzz_check(ngx_invoke_root_stat(fuzz_root, real, O_NOFOLLOW, &sb)
                   == 0);
        fuzz_check(!S_ISLNK(sb.st_mode));

        /* one look and a walk tell the same */

        walked = ngx_invoke_root_walk(fuzz_root,
                                      ngx_invoke_root_alias(fuzz_root, path),
                                      O_PATH|O_CLOEXEC, other_real,
                                      sizeof(other_real), &n);

        if (walked != -1) {
            fuzz_check(n > 0 && strcmp(real, other_real) == 0);
            (void) close(walked);
        }
    }

    text = ngx_invoke_root_read(fuzz_root, path, 4, &sb, &len);
    fuzz_check(text == NULL || len <= 4);
    free(text);

    free(path);

    return 0;
}
