/*
 * memkit_record.h: latencies of a C or C++ program in a run file of memkit.
 *
 *     mk_record r;
 *     if (mk_record_open(&r, NULL, "my-loop", 1000000, 10000000) != 0)
 *         perror("mk_record_open");
 *     for (...)
 *         mk_record_sample(&r, latency_ns);     // in the real-time thread
 *     if (mk_record_close(&r) != 0)
 *         perror("mk_record_close");
 *
 * and then, with at least five processes of it:
 *
 *     rtbench run --recorded -- ./my-loop
 *     rtbench check rtbench-out/run.rtrun --budget rtbench.toml
 *
 * One thread at a time writes. The file is mapped, and its space is reserved and
 * touched when it is opened, so mk_record_sample makes no system call, allocates
 * nothing, and takes no page fault but those of a kernel that writes pages back. Every
 * 256 samples it completes a block, with a checksum of half a KiB. All completed blocks
 * can be read when the program dies, by SIGKILL too, and the file is then one of an
 * incomplete run. Samples for which there is no room are counted in dropped, and close
 * returns an error.
 *
 * Linux and other POSIX systems, C11 with _GNU_SOURCE or C++11, GCC or Clang,
 * little-endian machines. The format is version 2 of the run file, described in rt/record/format.go of memkit.
 */
#ifndef MEMKIT_RECORD_H
#define MEMKIT_RECORD_H

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "memkit_record.h needs a little-endian machine"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The environment variable that names the file when a program opens NULL. */
#define MK_RECORD_VARIABLE "MEMKIT_RECORD"

enum {
    mk_record_block = 256,   /* samples in a block */
    mk_record_fields = 16,   /* bytes before a block's payload */
    mk_record_varint = 10,   /* bytes that a sample takes at most */
    mk_record_note = 1024,   /* bytes that a note takes at most */
    mk_record_name = 200     /* bytes of a name at most */
};

/* mk_record is one series of latencies. Its fields are private, but for dropped. */
typedef struct mk_record {
    unsigned char *base; /* of the mapping; NULL when it is closed */
    size_t size;         /* of the mapping */
    size_t start;        /* of the block that is being filled */
    size_t end;          /* of the bytes written */
    int64_t last;        /* sample */
    uint32_t in_block;
    uint32_t blocks;
    uint64_t count;
    uint64_t dropped; /* samples for which there was no room */
    int fd;
    uint64_t period;
    char name[mk_record_name + 1];
    uint32_t crc[256];
} mk_record;

static inline uint32_t mk_record_crc(const mk_record *r, const unsigned char *b, size_t n) {
    uint32_t c = 0xffffffffu;
    for (size_t i = 0; i < n; i++)
        c = r->crc[(c ^ b[i]) & 0xff] ^ (c >> 8);
    return c ^ 0xffffffffu;
}

static inline void mk_record_put(unsigned char *b, uint32_t v) { memcpy(b, &v, 4); }

/*
 * mk_record_commit completes a block whose payload is in place. Count and length come
 * last, in one store: a reader takes a block without them as not yet there.
 */
static inline void mk_record_commit(mk_record *r, uint32_t series, uint32_t number, uint32_t count, size_t length) {
    unsigned char fields[mk_record_fields];
    mk_record_put(fields, series);
    mk_record_put(fields + 4, number);
    mk_record_put(fields + 8, count);
    mk_record_put(fields + 12, (uint32_t)length);
    unsigned char *b = r->base + r->start;
    uint32_t c = 0xffffffffu;
    for (size_t i = 0; i < mk_record_fields; i++)
        c = r->crc[(c ^ fields[i]) & 0xff] ^ (c >> 8);
    for (size_t i = 0; i < length; i++)
        c = r->crc[(c ^ b[mk_record_fields + i]) & 0xff] ^ (c >> 8);
    mk_record_put(b + mk_record_fields + length, c ^ 0xffffffffu);
    memcpy(b, fields, 8);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    memcpy(b + 8, fields + 8, 8);
    r->start += mk_record_fields + length + 4;
    r->end = r->start + mk_record_fields;
}

/* mk_record_write_note writes a note: the run as it is known. last is 1 in the last one. */
static inline int mk_record_write_note(mk_record *r, uint32_t number, uint32_t last) {
    char *text = (char *)(r->base + r->start + mk_record_fields);
    int n = snprintf(text, mk_record_note,
                     "{\"created\":\"\",\"command\":null,\"env\":{\"recorder\":\"memkit_record.h\"},\"series\":[{\"name\":\"%s\","
                     "\"kind\":\"latency\",\"unit\":\"ns\",\"process\":0,\"ops\":1,\"period\":%llu,\"counters\":{\"dropped\":%llu},\"samples\":%llu}]}",
                     r->name, (unsigned long long)r->period, (unsigned long long)r->dropped, (unsigned long long)r->count);
    if (n < 0 || n >= mk_record_note) {
        errno = EINVAL;
        return -1;
    }
    mk_record_commit(r, 0xffffffffu, number, last, (size_t)n);
    return 0;
}

/*
 * mk_record_open makes the file path, or the one that MEMKIT_RECORD names where path is
 * NULL, with room for at least capacity samples that differ by less than 100 ms from
 * each other. Name is the benchmark's, of printable ASCII without quotes and
 * backslashes; period is that of a loop in nanoseconds, 0 without one. A file that is
 * there already is an error. Returns 0, or -1 with errno.
 */
static inline int mk_record_open(mk_record *r, const char *path, const char *name, uint64_t period, uint64_t capacity) {
    memset(r, 0, sizeof *r);
    r->fd = -1;
    if (path == NULL)
        path = getenv(MK_RECORD_VARIABLE);
    size_t length = name == NULL ? 0 : strlen(name);
    if (path == NULL || length == 0 || length > mk_record_name || capacity > ((uint64_t)1 << 34)) {
        errno = EINVAL;
        return -1;
    }
    for (size_t i = 0; i < length; i++) {
        if (name[i] < ' ' || name[i] > '~' || name[i] == '"' || name[i] == '\\') {
            errno = EINVAL;
            return -1;
        }
    }
    memcpy(r->name, name, length);
    r->period = period;
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int k = 0; k < 8; k++)
            c = c & 1 ? 0x82f63b78u ^ (c >> 1) : c >> 1;
        r->crc[i] = c;
    }
    /* Four bytes hold a difference of 2^27 ns; two notes and the blocks' ends more. */
    uint64_t blocks = capacity / mk_record_block + 2;
    r->size = (size_t)(capacity * 4 + blocks * (mk_record_fields + 4 + mk_record_varint) + 4 * mk_record_note);
    r->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (r->fd < 0)
        return -1;
    /* The space is taken now: a full disk would end the program with SIGBUS later. */
    int e = posix_fallocate(r->fd, 0, (off_t)r->size);
    void *base = MAP_FAILED;
    if (e == 0) {
        base = mmap(NULL, r->size, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
        e = errno;
    }
    if (base == MAP_FAILED) {
        close(r->fd);
        unlink(path);
        r->fd = -1;
        errno = e;
        return -1;
    }
    r->base = (unsigned char *)base;
    for (size_t i = 0; i < r->size; i += 4096)
        ((volatile unsigned char *)r->base)[i] = 0;
    memcpy(r->base, "\x89memrun\n\x02\0\0\0", 12);
    r->start = 12;
    return mk_record_write_note(r, 0, 0);
}

/*
 * mk_record_sample records one latency in nanoseconds.
 *
 * Cost: O(1), and a checksum of one block every 256 samples. Allocates: no. Blocks:
 * no. Caller: one thread at a time.
 */
static inline void mk_record_sample(mk_record *r, int64_t ns) {
    const size_t after = 4 + mk_record_fields + 2 * mk_record_note; /* the end of the block and the last note */
    if (r->base == NULL || r->end + mk_record_varint + after > r->size) {
        r->dropped++;
        return;
    }
    uint64_t delta = (uint64_t)ns - (uint64_t)r->last;
    uint64_t v = (delta << 1) ^ (uint64_t)-(int64_t)(delta >> 63);
    unsigned char *b = r->base + r->end;
    while (v >= 0x80) {
        *b++ = (unsigned char)(v | 0x80);
        v >>= 7;
    }
    *b++ = (unsigned char)v;
    r->end = (size_t)(b - r->base);
    r->last = ns;
    r->count++;
    if (++r->in_block == mk_record_block) {
        mk_record_commit(r, 0, r->blocks++, r->in_block, r->end - r->start - mk_record_fields);
        r->in_block = 0;
        r->last = 0;
    }
}

/*
 * mk_record_close ends the file. Returns 0, or -1 with errno: ENOSPC where samples were
 * dropped, whose number the file has.
 */
static inline int mk_record_close(mk_record *r) {
    if (r->base == NULL) {
        errno = EBADF;
        return -1;
    }
    if (r->in_block > 0)
        mk_record_commit(r, 0, r->blocks++, r->in_block, r->end - r->start - mk_record_fields);
    int failed = mk_record_write_note(r, 1, 1);
    int e = errno;
    if (munmap(r->base, r->size) != 0 || ftruncate(r->fd, (off_t)r->start) != 0)
        failed = -1, e = errno;
    if (close(r->fd) != 0)
        failed = -1, e = errno;
    r->base = NULL;
    r->fd = -1;
    if (failed == 0 && r->dropped > 0)
        failed = -1, e = ENOSPC;
    errno = e;
    return failed;
}

#ifdef __cplusplus
}
#endif

#endif
