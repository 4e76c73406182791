package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/attest"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
	"github.com/memkit-go/memkit/wcet"
)

// envelopeName is the signature's file next to the certificate.
const envelopeName = "certificate.dsse.json"

// verified is what `verify --json` prints.
type verified struct {
	// Signer is the id of the key, empty where none was given.
	Signer  string       `json:"signer"`
	Created string       `json:"created"`
	Verdict wcet.Verdict `json:"verdict"`
	// Files that are as they were signed; those that are not there are left out.
	Files []string `json:"files"`
}

func newVerifyCommand(a *app) *cobra.Command {
	var (
		key string
		out result.Output
	)
	cmd := &cobra.Command{
		Use:   "verify FILE --key PUBLIC",
		Short: "Verify the signature of a certificate",
		Long: `Verify that a certificate was signed by the owner of the key PUBLIC, and that it and
the run file next to it are as they were signed. FILE is the envelope that
rtbench certify --sign has written, ` + envelopeName + `, or the certificate next to it.

Exit codes: 0 verified, whatever the certificate's verdict; 1 it is not; 3 no key was
given, so that the signer is unknown.`,
		Example: `  openssl genpkey -algorithm ed25519 -out key.pem && openssl pkey -in key.pem -pubout -out key.pub
  rtbench certify --sign key.pem
  rtbench verify rtbench-out/certificate.json --key key.pub`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			v, err := verify(args[0], key)
			if err != nil && !errors.Is(err, attest.ErrUnknownSigner) {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			printErr := out.Print(a.stdout, result.Document{Data: v, Text: v.writeText})
			if err != nil {
				return &statusError{code: exitOpen, err: fmt.Errorf("%s: %w", args[0], err)}
			}
			return printErr
		},
	}
	cmd.Flags().StringVar(&key, "key", "", "the signer's `PUBLIC` key, PEM")
	out.Flags(cmd.Flags())
	return cmd
}

// verify opens the envelope and compares the files next to it.
func verify(path, keyPath string) (*verified, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	envelope := path
	if !attest.IsEnvelope(text) {
		envelope = filepath.Join(filepath.Dir(path), envelopeName)
		text, err = os.ReadFile(envelope)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("is no envelope, and there is no %s next to it: it was not signed", envelopeName)
		}
		if err != nil {
			return nil, err
		}
	}
	var pem []byte
	if keyPath != "" {
		if pem, err = os.ReadFile(keyPath); err != nil {
			return nil, err
		}
	}
	s, unknown := attest.Open(text, pem)
	if unknown != nil && !errors.Is(unknown, attest.ErrUnknownSigner) {
		return nil, unknown
	}
	c := &certificate.Certificate{}
	if err := json.Unmarshal(s.Certificate, c); err != nil {
		return nil, fmt.Errorf("the certificate: %w", err)
	}
	if c.Schema != certificate.Schema {
		return nil, fmt.Errorf("the certificate has the schema %q, this program knows %q", c.Schema, certificate.Schema)
	}
	v := &verified{Signer: s.Signer, Created: c.Created, Verdict: c.Verdict, Files: []string{}}
	for name, digest := range s.Subjects {
		got, err := digestOfFile(filepath.Join(filepath.Dir(envelope), name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, err
		case got != digest:
			return nil, fmt.Errorf("%s was altered after it was signed", name)
		default:
			v.Files = append(v.Files, name)
		}
	}
	slices.Sort(v.Files)
	if path != envelope && !slices.Contains(v.Files, filepath.Base(path)) {
		return nil, fmt.Errorf("the signature in %s does not cover it", envelope)
	}
	return v, unknown
}

func (v *verified) writeText(p *result.Page) error {
	signer := v.Signer
	if signer == "" {
		signer = "unknown"
	}
	p.Entry("Signer", signer)
	p.Entry("Files", v.Files...)
	p.Entry("Measured", v.Created)
	p.Entry("Verdict", string(v.Verdict))
	return nil
}

// signed is the envelope of a certificate and its run file.
func signed(keyPEM, certificateFile []byte, runDigest string) ([]byte, error) {
	return attest.Sign(keyPEM, attest.Statement{
		Subjects:    map[string]string{certificateName: digestOf(certificateFile), runName: runDigest},
		Certificate: certificateFile,
	})
}
