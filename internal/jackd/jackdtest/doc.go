// Package jackdtest gives tests a JACK server of their own.
package jackdtest
