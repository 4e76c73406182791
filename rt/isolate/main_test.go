package isolate

import (
	"os"
	"testing"
)

// parentRole makes this test binary an ordinary program that starts an isolate,
// says its number and waits to be killed or told to exit.
const parentRole = "MEMKIT_RT_TEST_PARENT"

var playParent func(role string) (code int)

func TestMain(m *testing.M) {
	Main()
	os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE")) // children end a second sooner under -race
	if role := os.Getenv(parentRole); role != "" {
		os.Exit(playParent(role))
	}
	os.Exit(m.Run())
}
