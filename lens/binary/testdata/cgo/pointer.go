package main

import "unsafe"

func pointer(string) unsafe.Pointer { return nil }
