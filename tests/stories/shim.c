/* What a test cannot have for itself: another time, another user. Preloaded into tokcli. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static long asleep(void)
{
    const char *path = getenv("SHIM_ASLEEP");
    FILE *file = path ? fopen(path, "r") : NULL;
    long seconds = 0;
    if (file) {
        if (fscanf(file, "%ld", &seconds) != 1)
            seconds = 0;
        fclose(file);
    }
    return seconds;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    const char *seconds = getenv("SHIM_CLOCK"), *later = getenv("SHIM_LATER"), *longer = getenv("SHIM_UP_LONGER"),
               *ahead = getenv("SHIM_AHEAD");
    int failed = (int)syscall(SYS_clock_gettime, clock, now);
    if (!failed && clock == CLOCK_REALTIME && seconds)
        now->tv_sec = atoll(seconds);
    if (!failed && clock == CLOCK_REALTIME && ahead)
        now->tv_sec += atoll(ahead);
    if (!failed && clock == CLOCK_BOOTTIME && longer)
        now->tv_sec += atoll(longer);
    /* As if the machine had run, or slept, so much longer: from the beginning, or since a file says so. */
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_BOOTTIME)) {
        if (later)
            now->tv_sec += atoll(later);
        now->tv_sec += asleep();
    }
    return failed;
}

/* A port of this machine is reached by way of another one: `FROM>TO FROM>TO`. */
int connect(int socket, const struct sockaddr *to, socklen_t length)
{
    const char *ways = getenv("SHIM_WAYS");
    struct sockaddr_in there;
    unsigned from, by;
    int taken;
    if (!ways || to->sa_family != AF_INET || length < sizeof there)
        return (int)syscall(SYS_connect, socket, to, length);
    memcpy(&there, to, sizeof there);
    for (; sscanf(ways, "%u>%u%n", &from, &by, &taken) == 2; ways += taken)
        if (ntohs(there.sin_port) == from) {
            there.sin_port = htons((unsigned short)by);
            break;
        }
    return (int)syscall(SYS_connect, socket, &there, sizeof there);
}

/* The name of another boot. */
int open64(const char *path, int flags, ...)
{
    const char *boot = getenv("SHIM_BOOT");
    va_list more;
    va_start(more, flags);
    mode_t mode = va_arg(more, mode_t);
    va_end(more);
    if (boot && !strcmp(path, "/proc/sys/kernel/random/boot_id"))
        path = boot;
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

uid_t geteuid(void)
{
    const char *user = getenv("SHIM_UID");
    return user ? (uid_t)atol(user) : (uid_t)syscall(SYS_geteuid);
}

uid_t getuid(void)
{
    const char *user = getenv("SHIM_UID");
    return user ? (uid_t)atol(user) : (uid_t)syscall(SYS_getuid);
}
