// The CUDA rows of docs/gpu-figures.md: the same round trips and transfers as
// rtbench gpu measures through Vulkan.
//
//	nvcc -O3 -arch=sm_90 -o gpu-peers gpu-peers.cu
//	gpu-peers N CPU PRIORITY
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <sched.h>
#include <time.h>
#include <vector>
#include <cuda_runtime.h>

static void check(cudaError_t e, int line) {
	if (e != cudaSuccess) {
		std::printf("CUDA, line %d: %s\n", line, cudaGetErrorString(e));
		std::exit(1);
	}
}
#define CHECK(x) check(x, __LINE__)

static int64_t now() {
	timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static const int64_t period = 1333333;

static void print(const char *name, std::vector<int64_t> &ns) {
	std::sort(ns.begin(), ns.end());
	auto at = [&](double p) { return ns[std::min(ns.size() - 1, size_t(p * ns.size()))] / 1e3; };
	std::printf("%-44s n=%-6zu min %8.2f p50 %8.2f p99 %8.2f p99.9 %8.2f max %9.2f us\n", name, ns.size(), at(0), at(.5), at(.99), at(.999), ns.back() / 1e3);
	std::fflush(stdout);
}

// rows measures f back to back and paced.
template <class F> static void rows(const char *name, int n, F f) {
	for (int paced = 0; paced < 2; paced++) {
		int count = paced ? std::min(n / 10, 1500) : n;
		for (int i = 0; i < 200; i++) f();
		std::vector<int64_t> ns(count);
		int64_t next = now() + 1000000;
		for (auto &t : ns) {
			if (paced) {
				while (now() < next) {}
				next += period;
			}
			int64_t from = now();
			f();
			t = now() - from;
		}
		char text[99];
		std::snprintf(text, sizeof text, "CUDA %s%s", name, paced ? ", paced" : "");
		print(text, ns);
	}
}

enum { BLOCK = 64, TAPS = 4096, RING = 8192 };

struct Exchange {
	uint32_t head, sequence, stop, pad;
	float samples[BLOCK];
};

__global__ void nothing(volatile Exchange *in, volatile Exchange *out) {
	out->samples[0] = in->samples[0] + 1;
	__threadfence_system();
	out->sequence = in->sequence;
}

// resident polls a word of mapped host memory. It ends by itself when nothing rings.
__global__ void resident(volatile Exchange *in, volatile Exchange *out, long long patience) {
	uint32_t seen = 0;
	long long since = clock64();
	while (!in->stop) {
		uint32_t s = in->sequence;
		if (s != seen) {
			seen = s;
			out->samples[0] = in->samples[0] + 1;
			__threadfence_system();
			out->sequence = s;
			since = clock64();
		} else if (clock64() - since > patience) {
			return;
		}
	}
}

__global__ void convolve(const Exchange *in, float *ring, const float *taps, Exchange *out) {
	__shared__ float partial[256];
	uint32_t n = blockIdx.x, t = threadIdx.x;
	float sum = 0;
	for (uint32_t k = t; k < TAPS; k += 256) {
		int i = int(n) - int(k);
		float x = i >= 0 ? in->samples[i] : ring[(in->head + uint32_t(i)) & (RING - 1)];
		sum += taps[k] * x;
	}
	partial[t] = sum;
	__syncthreads();
	for (uint32_t w = 128; w; w >>= 1) {
		if (t < w) partial[t] += partial[t + w];
		__syncthreads();
	}
	if (t == 0) {
		out->samples[n] = partial[0];
		ring[(in->head + n) & (RING - 1)] = in->samples[n];
	}
}

static cudaGraphExec_t capture(cudaStream_t s, void (*work)(cudaStream_t, void *), void *arg) {
	cudaGraph_t g;
	cudaGraphExec_t e;
	CHECK(cudaStreamBeginCapture(s, cudaStreamCaptureModeThreadLocal));
	work(s, arg);
	CHECK(cudaStreamEndCapture(s, &g));
	CHECK(cudaGraphInstantiate(&e, g, 0));
	CHECK(cudaGraphUpload(e, s));
	return e;
}

struct Work {
	Exchange *in, *out;
	float *ring, *taps;
};

static void transfers(cudaStream_t s) {
	const size_t most = 256u << 20;
	char *host, *device;
	CHECK(cudaHostAlloc(&host, most, 0));
	CHECK(cudaMalloc(&device, most));
	std::memset(host, 1, most);
	for (int down = 0; down < 2; down++) {
		std::printf("%-44s GB/s", down ? "CUDA download to pinned memory" : "CUDA upload from pinned memory");
		for (size_t n = 64 << 10; n <= most; n *= 4) {
			int repetitions = int(std::max<size_t>(6, std::min<size_t>(200, (1u << 30) / n)));
			std::vector<double> seconds;
			for (int i = 0; i < repetitions; i++) {
				int64_t from = now();
				CHECK(cudaMemcpyAsync(down ? host : device, down ? device : host, n, down ? cudaMemcpyDeviceToHost : cudaMemcpyHostToDevice, s));
				CHECK(cudaStreamSynchronize(s));
				seconds.push_back((now() - from) / 1e9);
			}
			std::sort(seconds.begin(), seconds.end());
			std::printf("  %zuK %.2f", n >> 10, n / seconds[seconds.size() / 2] / 1e9);
		}
		std::printf("\n");
	}
	// Two in flight, as many bytes as there are in 20 of them.
	const size_t n = 64u << 20;
	int64_t from = now();
	for (int i = 0; i < 20; i++) CHECK(cudaMemcpyAsync(device + (i & 1) * n, host + (i & 1) * n, n, cudaMemcpyHostToDevice, s));
	CHECK(cudaStreamSynchronize(s));
	std::printf("%-44s GB/s  65536K %.2f\n", "CUDA upload from pinned memory, queued", 20.0 * n / ((now() - from) / 1e9) / 1e9);
	std::fflush(stdout);
}

int main(int argc, char **argv) {
	int n = argc > 1 ? std::atoi(argv[1]) : 20000;
	int cpu = argc > 2 ? std::atoi(argv[2]) : -1;
	int priority = argc > 3 ? std::atoi(argv[3]) : 0;
	CHECK(cudaSetDeviceFlags(cudaDeviceScheduleSpin));
	CHECK(cudaFree(0)); // creates the context and its threads, which stay ordinary
	if (cpu >= 0) {
		cpu_set_t set;
		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
		sched_setaffinity(0, sizeof set, &set);
	}
	if (priority > 0) {
		sched_param p{};
		p.sched_priority = priority;
		std::printf("FIFO %d: %s\n", priority, sched_setscheduler(0, SCHED_FIFO, &p) ? "refused" : "granted");
	}
	cudaStream_t s;
	CHECK(cudaStreamCreateWithFlags(&s, cudaStreamNonBlocking));
	Exchange *in, *out;
	Work w;
	CHECK(cudaHostAlloc(&in, sizeof *in, cudaHostAllocMapped));
	CHECK(cudaHostAlloc(&out, sizeof *out, cudaHostAllocMapped));
	CHECK(cudaHostGetDevicePointer(&w.in, in, 0));
	CHECK(cudaHostGetDevicePointer(&w.out, out, 0));
	CHECK(cudaMalloc(&w.ring, RING * 4));
	CHECK(cudaMemset(w.ring, 0, RING * 4));
	CHECK(cudaMalloc(&w.taps, TAPS * 4));
	std::mt19937 random(1);
	std::normal_distribution<float> normal;
	std::vector<float> taps(TAPS);
	for (int i = 0; i < TAPS; i++) taps[i] = normal(random) * std::exp(-i / 800.f) * 0.1f;
	CHECK(cudaMemcpy(w.taps, taps.data(), TAPS * 4, cudaMemcpyHostToDevice));
	std::memset(in, 0, sizeof *in);
	std::memset(out, 0, sizeof *out);

	rows("launch and synchronize, empty", n, [&] {
		in->sequence++;
		nothing<<<1, 1, 0, s>>>(w.in, w.out);
		CHECK(cudaStreamSynchronize(s));
	});
	cudaGraphExec_t empty = capture(s, [](cudaStream_t s, void *p) { auto w = (Work *)p; nothing<<<1, 1, 0, s>>>(w->in, w->out); }, &w);
	rows("graph, empty", n, [&] {
		CHECK(cudaGraphLaunch(empty, s));
		CHECK(cudaStreamSynchronize(s));
	});
	cudaGraphExec_t fir = capture(s, [](cudaStream_t s, void *p) { auto w = (Work *)p; convolve<<<BLOCK, 256, 0, s>>>(w->in, w->ring, w->taps, w->out); }, &w);
	rows("graph, FIR 64x4096 zero-copy", n, [&] {
		in->head += BLOCK;
		CHECK(cudaGraphLaunch(fir, s));
		CHECK(cudaStreamSynchronize(s));
	});

	in->sequence = out->sequence = 0;
	resident<<<1, 1, 0, s>>>(w.in, w.out, 20000000000ll);
	CHECK(cudaGetLastError());
	uint32_t number = 0;
	rows("persistent kernel, mapped flags", n, [&] {
		number++;
		__atomic_store_n(&in->sequence, number, __ATOMIC_SEQ_CST);
		int64_t from = 0;
		for (unsigned i = 1; __atomic_load_n(&out->sequence, __ATOMIC_ACQUIRE) != number; i++) {
			if (i % 65536 == 0) {
				if (!from) from = now();
				if (now() - from > 3000000000ll) {
					std::printf("the persistent kernel does not answer\n");
					std::exit(1);
				}
			}
		}
	});
	__atomic_store_n(&in->stop, 1, __ATOMIC_SEQ_CST);
	CHECK(cudaStreamSynchronize(s));
	transfers(s);
	return 0;
}
