package attest

import (
	"errors"
	"testing"
)

// FuzzOpen: whatever an envelope holds, it opens to a statement or to an error.
func FuzzOpen(f *testing.F) {
	f.Add([]byte(`{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{"keyid":"","sig":"AA=="}]}`))
	f.Add([]byte(`{"payloadType":"application/vnd.in-toto+json","payload":"eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQvdjEifQ==","signatures":[{}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Open(text, nil)
		if err == nil || (s != nil) != errors.Is(err, ErrUnknownSigner) {
			t.Fatalf("%+v, %v", s, err)
		}
	})
}
