/* The memory that a driver and a worker of audio blocks share; see doc.go.
 * The Go type layout in layout_unsafe.go is the same, and a test compares them.
 *
 * posted and done are futex words: store with release, load with acquire, and
 * FUTEX_WAKE_PRIVATE one waiter after the store. Counters and head are stored by
 * the driver alone, head with release. Everything else is plain memory that
 * posted and done hand over. Times are ns of CLOCK_MONOTONIC. */
#ifndef MEMKIT_HANDOFF_H
#define MEMKIT_HANDOFF_H
#include <stdint.h>

#define MEMKIT_HANDOFF_MAGIC 0x4d4b4831u /* "1HKM" in memory */
#define MEMKIT_HANDOFF_VERSION 3u

enum { MEMKIT_XRUN_IN = 1, MEMKIT_XRUN_OUT = 2, MEMKIT_GAP = 4, MEMKIT_PRIMING = 8,
       MEMKIT_CHANGED = 16,
       MEMKIT_MISSED = 32, MEMKIT_LATE = 64, MEMKIT_RAISED = 128 }; /* the last three in records only */
enum { MEMKIT_SILENCE = 0, MEMKIT_REPEAT = 1, MEMKIT_FADE = 2 };
enum { MEMKIT_AWAY = 8 }; /* misses in a row after which the driver does not wait for a block in work */
enum { MEMKIT_OPEN = 0, MEMKIT_BYPASSED = 1, MEMKIT_PAUSED = 2 };

struct memkit_handoff {
    /* 0: constant while bound */
    uint32_t magic, version;
    uint32_t in, out;      /* channels */
    uint32_t max_frames;
    uint32_t on_miss;      /* MEMKIT_SILENCE … */
    uint32_t records;      /* capacity of the record ring, a power of two */
    uint32_t stride;       /* bytes from one channel to the next */
    uint32_t in_at, out_at, last_at, records_at; /* bytes from the start */
    /* ns of a cycle of the period that was opened: the deadline is the later of the
     * cycle's begin + budget and its entry + least, each in proportion to its period */
    int64_t period, budget, least;
    /* atomic, written by an ordinary thread */
    uint32_t gate;     /* MEMKIT_OPEN … */
    uint32_t reformat; /* counts changes of the rate */
    uint8_t pad0[48];
    /* 128 */ uint32_t posted; uint8_t pad1[60];
    /* 192 */ uint32_t done;   uint8_t pad2[60];
    /* 256: the block's header, the driver's until posted */
    int64_t frame;
    uint32_t n, flags;
    int64_t in_time, out_time, deadline, posted_at;
    int64_t begin; /* of the cycle */
    uint8_t pad3[8];
    /* 320: counters, written by the driver, read by any */
    uint64_t cycles, misses, late, xruns_in, xruns_out, unrecorded;
    uint8_t pad4[16];
    /* 384: the driver's own */
    int64_t next;      /* frame of the next cycle */
    uint32_t gap;      /* the next block posted carries MEMKIT_GAP */
    uint32_t silenced; /* FADE: the last cycle ended in silence */
    uint32_t last_n;   /* frames of the last good block, 0 for none */
    uint32_t posted_n; /* frames of the last block posted, 0 for none */
    uint32_t seen_reformat;
    uint32_t row;      /* misses one after another */
    uint8_t pad5[32];
    /* 448 */ uint64_t head; uint8_t pad6[56]; /* records written */
    /* 512 */ uint64_t tail; uint8_t pad7[56]; /* records read, by the reader */
    /* 576: records, then channels, at the offsets above */
};

/* One cycle as the driver saw it, at records_at + (head % records) * 64. */
struct memkit_record {
    uint32_t sequence; /* posted in this cycle, or before it when the block was not free */
    uint32_t flags;
    int64_t begin, entry, end; /* of the cycle, of the call, of its return */
    int64_t frame;
    uint32_t n;
    uint32_t number; /* the device's own of the cycle, 0 where it has none */
    uint8_t pad[16];
};
#endif
