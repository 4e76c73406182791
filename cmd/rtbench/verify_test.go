package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/internal/testenv"
)

// writeKeys writes a pair of keys in the forms that openssl gives them.
func writeKeys(t *testing.T, private, public string) {
	t.Helper()
	pub, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a, err := x509.MarshalPKCS8PrivateKey(priv)
	if err != nil {
		t.Fatal(err)
	}
	b, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{private: {Type: "PRIVATE KEY", Bytes: a}, public: {Type: "PUBLIC KEY", Bytes: b}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func change(t *testing.T, path string, edit func(string) string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	edited := edit(string(text))
	if edited == string(text) {
		t.Fatalf("%s: nothing to change", path)
	}
	if err := os.WriteFile(path, []byte(edited), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestVerify(t *testing.T) {
	testenv.SkipInRaceRun(t)
	inDir(t, map[string]string{"rtbench.toml": passing, "bad.pem": "x"})
	writeKeys(t, "key.pem", "key.pub")
	writeKeys(t, "other.pem", "other.pub")
	a := newTestApp()
	a.try(t, "certify", "--duration", "2s", "--sign", "bad.pem").want(t, exitError, "--sign bad.pem: no PEM block PRIVATE KEY; make one with: openssl genpkey")
	a.try(t, "certify", "--duration", "2s", "--sign", "key.pub").want(t, exitError, "no PEM block PRIVATE KEY")
	a.try(t, "certify", "--duration", "2s", "--out", "plain").want(t, exitPass)
	a.try(t, "verify", "plain/certificate.json", "--key", "key.pub").want(t, exitError, "it was not signed")
	const file, envelope = "rtbench-out/certificate.json", "rtbench-out/certificate.dsse.json"
	a.try(t, "certify", "--duration", "2s", "--sign", "key.pem").want(t, exitPass)
	for _, path := range []string{file, envelope} {
		a.try(t, "verify", path, "--key", "key.pub").want(t, exitPass, "Signer    SHA256:", "Files     certificate.json, run.rtrun", "Verdict   PASS")
		a.try(t, "verify", path).want(t, exitOpen, "signer unknown")
		a.try(t, "verify", path, "--key", "other.pub").want(t, exitError, "the signature is not of this key, or what it covers was altered")
		a.try(t, "verify", path, "--key", "key.pem").want(t, exitError, "no PEM block PUBLIC KEY")
	}
	var v verified
	if o := a.try(t, "verify", file, "--key", "key.pub", "--json"); json.Unmarshal([]byte(o.stdout), &v) != nil || v.Signer == "" || len(v.Files) != 2 {
		t.Errorf("%s", o.stdout)
	}
	saved := listing(t)
	for name, c := range map[string]struct {
		path string
		edit func(string) string
		want string
	}{
		"altered certificate": {file, func(s string) string { return strings.Replace(s, "PASS", "FAIL", 1) }, "certificate.json was altered after it was signed"},
		"altered run":         {"rtbench-out/run.rtrun", func(s string) string { return s + "x" }, "run.rtrun was altered after it was signed"},
		"payload type":        {envelope, func(s string) string { return strings.Replace(s, "in-toto", "in-tolo", 1) }, `payload type "application/vnd.in-tolo+json", want`},
		"altered payload":     {envelope, payload(t, func(s string) string { return strings.Replace(s, "Test CPU", "Fast CPU", 1) }), "the signature is not of this key"},
		"schema":              {envelope, payload(t, func(s string) string { return strings.Replace(s, "memkit.certificate/1", "memkit.certificate/9", 1) }), "the signature is not of this key"},
		"predicate":           {envelope, payload(t, func(s string) string { return strings.Replace(s, "memkit/certificate/v1", "memkit/certificate/v9", 1) }), "predicate type"},
		"no JSON":             {envelope, func(string) string { return "{" }, "it was not signed"},
		"twice":               {envelope, func(s string) string { return s + s }, ""},
	} {
		a.try(t, "verify", envelope, "--key", "key.pub").want(t, exitPass)
		change(t, c.path, c.edit)
		if o := a.try(t, "verify", envelope, "--key", "key.pub"); o.code != exitError || name != "no JSON" && !strings.Contains(o.stderr, c.want) {
			t.Errorf("%s: exit code %d, %s", name, o.code, o.stderr)
		}
		if err := os.WriteFile(c.path, []byte(saved[c.path]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// payload edits what an envelope holds.
func payload(t *testing.T, edit func(string) string) func(string) string {
	return func(text string) string {
		var e map[string]any
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			t.Fatal(err)
		}
		body, err := base64.StdEncoding.DecodeString(e["payload"].(string))
		if err != nil {
			t.Fatal(err)
		}
		e["payload"] = base64.StdEncoding.EncodeToString([]byte(edit(string(body))))
		edited, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		return string(edited)
	}
}
