// Package tune changes settings of the running system and takes them back.
//
// What a setting was is on disk before it is changed, so that [Tuner.Undo]
// restores it after a crash as well. Undo writes only over what [Tuner.Fix]
// wrote: a value that has been changed again since is left alone.
package tune
