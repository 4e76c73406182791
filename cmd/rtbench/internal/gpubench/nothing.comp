#version 450
// A job that adds one to a word.
layout(local_size_x = 1) in;
layout(set = 0, binding = 0) buffer Count { uint n; };
void main() { n++; }
