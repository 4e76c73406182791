#include "vkhot_linux.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// ---- The declarations of Vulkan that are used here.

typedef int32_t VkResult;
typedef void (*fn)(void);
typedef fn (*get_instance_proc)(void *instance, const char *name);
typedef fn (*get_device_proc)(void *device, const char *name);

enum {
	SUBMIT_INFO = 4,
	MAPPED_RANGE = 6,
	COMMAND_BUFFER_BEGIN = 42,
	MEMORY_BARRIER = 46,
	PHYSICAL_FEATURES_2 = 1000059000,
	PHYSICAL_PROPERTIES_2 = 1000059001,
	PHYSICAL_MEMORY_2 = 1000059006,
	EXTERNAL_BUFFER = 1000072000,
	MESSENGER = 1000128004,
	IMPORT_HOST = 1000178000,
	HOST_PROPERTIES = 1000178001,
	PHYSICAL_HOST = 1000178002,
	TIMELINE_FEATURES = 1000207000,
	SEMAPHORE_TYPE = 1000207002,
	TIMELINE_SUBMIT = 1000207003,
	SEMAPHORE_WAIT = 1000207004,
	MEMORY_BUDGET = 1000237000,
};
enum { HOST_ALLOCATION = 0x80 };
enum { STAGE_HOST = 0x4000, STAGE_ALL = 0x10000 };
enum {
	ACCESS_HOST_READ = 0x2000, ACCESS_HOST_WRITE = 0x4000,
	ACCESS_MEMORY_READ = 0x8000, ACCESS_MEMORY_WRITE = 0x10000,
};

struct link { int32_t type; void *next; };
struct submit_info {
	int32_t type; const void *next;
	uint32_t wait_count; const uint64_t *waits; const uint32_t *wait_stages;
	uint32_t command_count; void *const *commands;
	uint32_t signal_count; const uint64_t *signals;
};
struct timeline_submit { int32_t type; const void *next; uint32_t wait_count; const uint64_t *waits; uint32_t signal_count; const uint64_t *signals; };
struct semaphore_wait { int32_t type; const void *next; uint32_t flags, count; const uint64_t *semaphores, *values; };
struct timeline_features { int32_t type; void *next; uint32_t timeline; };
struct semaphore_type { int32_t type; const void *next; int32_t kind; uint64_t initial; };
struct import_host { int32_t type; const void *next; uint32_t handle_type; void *host; };
struct external_buffer { int32_t type; const void *next; uint32_t handle_types; };
struct host_properties { int32_t type; void *next; uint32_t types; };
struct physical_host { int32_t type; void *next; uint64_t alignment; };
struct features_2 { int32_t type; void *next; uint32_t features[64]; };
struct properties_2 { int32_t type; void *next; uint32_t properties[512]; }; // the version comes first
struct memory_properties {
	uint32_t type_count; struct { uint32_t flags, heap; } types[32];
	uint32_t heap_count; struct { uint64_t size; uint32_t flags; } heaps[16];
};
struct memory_2 { int32_t type; void *next; struct memory_properties properties; };
struct memory_budget { int32_t type; void *next; uint64_t budget[16], usage[16]; };
struct mapped_range { int32_t type; const void *next; uint64_t memory, offset, size; };
struct command_begin { int32_t type; const void *next; uint32_t flags; const void *inheritance; };
struct memory_barrier { int32_t type; const void *next; uint32_t from, to; };
struct buffer_copy { uint64_t from, to, size; };
struct message_data { int32_t type; const void *next; uint32_t flags; const char *name; int32_t number; const char *text; };
typedef uint32_t (*message_callback)(int32_t severity, uint32_t types, const struct message_data *data, void *user);
struct messenger_info { int32_t type; const void *next; uint32_t flags, severity, types; message_callback callback; void *user; };

struct vkhot_device {
	void *physical, *device;
	VkResult (*submit)(void *queue, uint32_t n, const struct submit_info *info, uint64_t fence);
	VkResult (*value)(void *device, uint64_t semaphore, uint64_t *value);
	VkResult (*wait)(void *device, const struct semaphore_wait *info, uint64_t limit);
	VkResult (*flush)(void *device, uint32_t n, const struct mapped_range *r);
	VkResult (*invalidate)(void *device, uint32_t n, const struct mapped_range *r);
	VkResult (*host)(void *device, uint32_t handle_type, const void *host, struct host_properties *p);
	void (*memory)(void *physical, struct memory_2 *m);
	VkResult (*begin)(void *commands, const struct command_begin *info);
	VkResult (*end)(void *commands);
	void (*copy)(void *commands, uint64_t from, uint64_t to, uint32_t n, const struct buffer_copy *c);
	void (*barrier)(void *commands, uint32_t from, uint32_t to, uint32_t flags, uint32_t n, const struct memory_barrier *b, uint32_t, const void *, uint32_t, const void *);
	void (*bind)(void *commands, int32_t point, uint64_t pipeline);
	void (*bind_sets)(void *commands, int32_t point, uint64_t layout, uint32_t first, uint32_t n, const uint64_t *sets, uint32_t, const uint32_t *);
	void (*push)(void *commands, uint64_t layout, uint32_t stages, uint32_t offset, uint32_t size, const void *values);
	void (*dispatch)(void *commands, uint32_t x, uint32_t y, uint32_t z);
	uint64_t timelines[VKHOT_TIMELINES];
};

struct vkhot_job {
	vkhot_device *device;
	void *queue, *commands;
	struct submit_info info;
	struct timeline_submit values;
	uint64_t wait[VKHOT_POINTS], wait_value[VKHOT_POINTS];
	uint64_t signal[VKHOT_POINTS], signal_value[VKHOT_POINTS];
	uint32_t stages[VKHOT_POINTS];
};

// ---- Set-up.

static void *library;
static get_instance_proc instance_proc;
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

void *vkhot_open(void) {
	pthread_mutex_lock(&opening);
	if (!library) {
		library = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
		if (library) instance_proc = (get_instance_proc)dlsym(library, "vkGetInstanceProcAddr");
	}
	pthread_mutex_unlock(&opening);
	return (void *)instance_proc;
}

void vkhot_query(void *instance, void *physical, int host_import, vkhot_properties *out) {
	memset(out, 0, sizeof *out);
	void (*features)(void *, struct features_2 *) = (void *)instance_proc(instance, "vkGetPhysicalDeviceFeatures2");
	void (*properties)(void *, struct properties_2 *) = (void *)instance_proc(instance, "vkGetPhysicalDeviceProperties2");
	if (!features || !properties) return;
	struct properties_2 p = {PHYSICAL_PROPERTIES_2};
	struct physical_host h = {PHYSICAL_HOST};
	if (host_import) p.next = &h;
	properties(physical, &p);
	out->api = p.properties[0];
	out->alignment = host_import ? h.alignment : 0;
	if (out->api < ((1u << 22) | (2u << 12))) return; // timelines came with 1.2
	struct timeline_features t = {TIMELINE_FEATURES};
	struct features_2 f = {PHYSICAL_FEATURES_2, &t};
	features(physical, &f);
	out->timeline = t.timeline;
}

vkhot_device *vkhot_new(void *instance, void *physical, void *device) {
	vkhot_device *d = calloc(1, sizeof *d);
	get_device_proc get = (get_device_proc)instance_proc(instance, "vkGetDeviceProcAddr");
	if (!d || !get) { free(d); return NULL; }
	d->physical = physical;
	d->device = device;
	d->memory = (void *)instance_proc(instance, "vkGetPhysicalDeviceMemoryProperties2");
#define GET(field, name) d->field = (void *)get(device, name)
	GET(submit, "vkQueueSubmit");
	GET(value, "vkGetSemaphoreCounterValue");
	GET(wait, "vkWaitSemaphores");
	GET(flush, "vkFlushMappedMemoryRanges");
	GET(invalidate, "vkInvalidateMappedMemoryRanges");
	GET(host, "vkGetMemoryHostPointerPropertiesEXT");
	GET(begin, "vkBeginCommandBuffer");
	GET(end, "vkEndCommandBuffer");
	GET(copy, "vkCmdCopyBuffer");
	GET(barrier, "vkCmdPipelineBarrier");
	GET(bind, "vkCmdBindPipeline");
	GET(bind_sets, "vkCmdBindDescriptorSets");
	GET(push, "vkCmdPushConstants");
	GET(dispatch, "vkCmdDispatch");
#undef GET
	if (!d->memory || !d->submit || !d->value || !d->wait || !d->flush || !d->invalidate || !d->begin || !d->end ||
	    !d->copy || !d->barrier || !d->bind || !d->bind_sets || !d->push || !d->dispatch) {
		free(d);
		return NULL;
	}
	return d;
}

void vkhot_free(vkhot_device *d) { free(d); }

static void *chain(const void *s, size_t size) {
	void *p = malloc(size);
	if (p) memcpy(p, s, size);
	return p;
}

void *vkhot_chain_features(void) {
	struct timeline_features s = {TIMELINE_FEATURES, NULL, 1};
	return chain(&s, sizeof s);
}

void *vkhot_chain_timeline(void) {
	struct semaphore_type s = {SEMAPHORE_TYPE, NULL, 1, 0};
	return chain(&s, sizeof s);
}

void *vkhot_chain_import(void *host) {
	struct import_host s = {IMPORT_HOST, NULL, HOST_ALLOCATION, host};
	return chain(&s, sizeof s);
}

void *vkhot_chain_external(void) {
	struct external_buffer s = {EXTERNAL_BUFFER, NULL, HOST_ALLOCATION};
	return chain(&s, sizeof s);
}

void vkhot_chain_free(void *p) { free(p); }

// ---- Messages of the validation layer: the first of them, and how many.

enum { MESSAGES = 64, MESSAGE_SIZE = 1024 };
static char messages[MESSAGES][MESSAGE_SIZE];
static uint64_t message_count;
static pthread_mutex_t messaging = PTHREAD_MUTEX_INITIALIZER;

static uint32_t on_message(int32_t severity, uint32_t types, const struct message_data *data, void *user) {
	pthread_mutex_lock(&messaging);
	if (message_count < MESSAGES) {
		strncpy(messages[message_count], data->text ? data->text : "", MESSAGE_SIZE - 1);
	}
	message_count++;
	pthread_mutex_unlock(&messaging);
	return 0;
}

void *vkhot_create_messenger(void *instance) {
	VkResult (*create)(void *, const struct messenger_info *, const void *, uint64_t *) = (void *)instance_proc(instance, "vkCreateDebugUtilsMessengerEXT");
	// Warnings and errors of validation.
	struct messenger_info info = {MESSENGER, NULL, 0, 0x1100, 0x2, on_message, NULL};
	uint64_t m = 0;
	if (!create || create(instance, &info, NULL, &m)) return NULL;
	return (void *)(uintptr_t)m;
}

void vkhot_destroy_messenger(void *instance, void *messenger) {
	void (*destroy)(void *, uint64_t, const void *) = (void *)instance_proc(instance, "vkDestroyDebugUtilsMessengerEXT");
	if (destroy && messenger) destroy(instance, (uint64_t)(uintptr_t)messenger, NULL);
}

uint64_t vkhot_message_count(void) {
	pthread_mutex_lock(&messaging);
	uint64_t n = message_count;
	pthread_mutex_unlock(&messaging);
	return n;
}

int vkhot_message(uint64_t i, char *text, int size) {
	if (i >= MESSAGES || size <= 0) return 0;
	pthread_mutex_lock(&messaging);
	int ok = i < message_count;
	if (ok) { strncpy(text, messages[i], (size_t)size - 1); text[size - 1] = 0; }
	pthread_mutex_unlock(&messaging);
	return ok;
}

// ---- Memory.

uint32_t vkhot_host_types(vkhot_device *d, void *host) {
	struct host_properties p = {HOST_PROPERTIES};
	if (!d->host || d->host(d->device, HOST_ALLOCATION, host, &p)) return 0;
	return p.types;
}

int32_t vkhot_budget(vkhot_device *d, uint64_t *budget, uint64_t *usage) {
	struct memory_budget b = {MEMORY_BUDGET};
	struct memory_2 m = {PHYSICAL_MEMORY_2, &b};
	d->memory(d->physical, &m);
	memcpy(budget, b.budget, sizeof b.budget);
	memcpy(usage, b.usage, sizeof b.usage);
	return (int32_t)m.properties.heap_count;
}

int32_t vkhot_flush(vkhot_device *d, uint64_t memory, uint64_t offset, uint64_t size) {
	struct mapped_range r = {MAPPED_RANGE, NULL, memory, offset, size};
	return d->flush(d->device, 1, &r);
}

int32_t vkhot_invalidate(vkhot_device *d, uint64_t memory, uint64_t offset, uint64_t size) {
	struct mapped_range r = {MAPPED_RANGE, NULL, memory, offset, size};
	return d->invalidate(d->device, 1, &r);
}

// ---- Timelines.

static int64_t now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static inline void relax(void) {
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

void vkhot_set_timeline(vkhot_device *d, uint32_t timeline, uint64_t semaphore) { d->timelines[timeline] = semaphore; }

vkhot_value_result vkhot_value(vkhot_device *d, uint32_t timeline) {
	vkhot_value_result r = {0};
	r.result = d->value(d->device, d->timelines[timeline], &r.value);
	return r;
}

int32_t vkhot_spin(vkhot_device *d, uint32_t timeline, uint64_t value, int64_t limit) {
	uint64_t semaphore = d->timelines[timeline], v = 0;
	int64_t until = 0;
	for (unsigned i = 1;; i++) {
		VkResult r = d->value(d->device, semaphore, &v);
		if (r) return r;
		if (v >= value) return 0;
		if (i % 16 == 0 || limit <= 0) {
			int64_t t = now();
			if (!until) until = t + limit;
			if (t >= until) return VKHOT_TIMEOUT;
		}
		relax();
	}
}

int32_t vkhot_wait(vkhot_device *d, uint32_t timeline, uint64_t value, int64_t limit) {
	struct semaphore_wait w = {SEMAPHORE_WAIT, NULL, 0, 1, &d->timelines[timeline], &value};
	return d->wait(d->device, &w, limit > 0 ? (uint64_t)limit : 0);
}

// ---- Jobs.

vkhot_job *vkhot_job_new(vkhot_device *d, void *queue, void *commands) {
	vkhot_job *j = calloc(1, sizeof *j);
	if (!j) return NULL;
	j->device = d;
	j->queue = queue;
	j->commands = commands;
	for (int i = 0; i < VKHOT_POINTS; i++) j->stages[i] = STAGE_ALL;
	j->info = (struct submit_info){SUBMIT_INFO, &j->values, 0, j->wait, j->stages, 1, &j->commands, 0, j->signal};
	j->values = (struct timeline_submit){TIMELINE_SUBMIT, NULL, 0, j->wait_value, 0, j->signal_value};
	return j;
}

void vkhot_job_free(vkhot_job *j) { free(j); }

int32_t vkhot_begin(vkhot_job *j) {
	struct command_begin b = {COMMAND_BUFFER_BEGIN};
	return j->device->begin(j->commands, &b);
}

// A barrier between all commands before and all after, or between all and the host.
void vkhot_barrier(vkhot_job *j, int host) {
	struct memory_barrier b = {MEMORY_BARRIER, NULL, ACCESS_MEMORY_WRITE, host ? ACCESS_HOST_READ | ACCESS_HOST_WRITE : ACCESS_MEMORY_READ | ACCESS_MEMORY_WRITE};
	j->device->barrier(j->commands, STAGE_ALL, host ? STAGE_HOST : STAGE_ALL, 0, 1, &b, 0, NULL, 0, NULL);
}

void vkhot_copy(vkhot_job *j, uint64_t from, uint64_t from_offset, uint64_t to, uint64_t to_offset, uint64_t size) {
	struct buffer_copy c = {from_offset, to_offset, size};
	j->device->copy(j->commands, from, to, 1, &c);
}

void vkhot_dispatch(vkhot_job *j, uint64_t pipeline, uint64_t layout, uint64_t set, const void *constants, uint32_t constant_size, uint32_t x, uint32_t y, uint32_t z) {
	vkhot_device *d = j->device;
	d->bind(j->commands, 1, pipeline);
	if (set) d->bind_sets(j->commands, 1, layout, 0, 1, &set, 0, NULL);
	if (constant_size) d->push(j->commands, layout, 0x20, 0, constant_size, constants);
	d->dispatch(j->commands, x, y, z);
}

int32_t vkhot_end(vkhot_job *j) { return j->device->end(j->commands); }

int32_t vkhot_submit(vkhot_job *j, const vkhot_point *waits, uint32_t nwaits, const vkhot_point *signals, uint32_t nsignals) {
	vkhot_device *d = j->device;
	for (uint32_t i = 0; i < nwaits; i++) {
		j->wait[i] = d->timelines[waits[i].timeline];
		j->wait_value[i] = waits[i].value;
	}
	for (uint32_t i = 0; i < nsignals; i++) {
		j->signal[i] = d->timelines[signals[i].timeline];
		j->signal_value[i] = signals[i].value;
	}
	j->info.wait_count = j->values.wait_count = nwaits;
	j->info.signal_count = j->values.signal_count = nsignals;
	return d->submit(j->queue, 1, &j->info, 0);
}

// ---- References for measurements.

static void pace(int64_t *next, int64_t period) {
	if (!period) return;
	while (now() < *next) relax();
	*next += period;
}

int32_t vkhot_loop_submit(vkhot_job *j, uint32_t timeline, uint64_t value, int n, int64_t period, int64_t *ns) {
	int64_t next = now() + 1000000;
	for (int i = 0; i < n; i++) {
		pace(&next, period);
		int64_t from = now();
		vkhot_point p = {timeline, 0, ++value};
		int32_t r = vkhot_submit(j, NULL, 0, &p, 1);
		if (!r) r = vkhot_spin(j->device, timeline, value, 2000000000ll);
		ns[i] = now() - from;
		if (r) return r;
	}
	return 0;
}

int32_t vkhot_loop_ring(volatile uint32_t *door, volatile uint32_t *answers, int groups, int silent, uint32_t number, int n, int64_t period, int64_t *ns) {
	int64_t next = now() + 1000000;
	for (int i = 0; i < n; i++) {
		pace(&next, period);
		int64_t from = now();
		number++;
		if (!number) number = 1;
#if defined(__x86_64__)
		if (!silent) __builtin_ia32_sfence();
#endif
		__atomic_store_n(&door[0], number, __ATOMIC_RELEASE);
#if defined(__x86_64__)
		__builtin_ia32_sfence();
#else
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
		for (int g = 0; g < groups; g++) {
			unsigned k = 0;
			while (__atomic_load_n(&answers[g], __ATOMIC_ACQUIRE) != number) {
				relax();
				if ((++k & 0xfff) == 0 && now() - from > 1000000000ll) return -i - 1;
			}
		}
		ns[i] = now() - from;
	}
	return 0;
}
