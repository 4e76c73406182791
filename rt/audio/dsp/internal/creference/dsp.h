void memkit_scale(float *dst, const float *src, int n, float gain, int times);
void memkit_ramp(float *dst, const float *src, int n, float from, float to, int times);
void memkit_saw(float *dst, int n, double step, int times);
void memkit_echo(float *dst, const float *src, int n, float *line, int mask, double samples, float wet, float feedback, int times);
