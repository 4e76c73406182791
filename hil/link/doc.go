// Package link has the links of package hil: to a function of the same process, and
// over the ports of package rt/bus.
package link
