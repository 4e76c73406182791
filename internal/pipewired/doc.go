// Package pipewired runs a private PipeWire server, for tests and measurements:
// without a session manager, with a sink that is a real clock without a sound card,
// and a directory, socket and configuration that no other server has, so that a
// user's own server is never touched.
//
// PipeWire's clients here are JACK's: PipeWire brings a libjack of its own, which a
// process has to be started with. [Enter] does that.
package pipewired
