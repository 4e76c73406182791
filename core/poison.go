//go:build rtpoison

package core

const poisonBuild = true
