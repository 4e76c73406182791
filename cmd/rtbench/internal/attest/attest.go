package attest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	attestation "github.com/in-toto/attestation/go/v1"
	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
)

const (
	// payloadType is in-toto's.
	payloadType = "application/vnd.in-toto+json"
	// predicateType names the certificate.
	predicateType = "https://github.com/memkit-go/memkit/certificate/v1"
	digestName    = "sha256"
)

// ErrUnknownSigner is the answer where no key was given to verify with.
var ErrUnknownSigner = errors.New("signer unknown: give the public key with --key")

// Statement is what a signature covers.
type Statement struct {
	// Subjects are SHA-256 digests in hexadecimal by the file's name.
	Subjects map[string]string
	// Certificate is the predicate, JSON.
	Certificate json.RawMessage
	// Signer is the id of the key that verified, empty for none.
	Signer string
}

// Sign returns the envelope of a statement, signed by a private key in PEM.
func Sign(keyPEM []byte, s Statement) ([]byte, error) {
	k, err := privateKey(keyPEM)
	if err != nil {
		return nil, err
	}
	predicate := &structpb.Struct{}
	if err := protojson.Unmarshal(s.Certificate, predicate); err != nil {
		return nil, fmt.Errorf("the certificate: %w", err)
	}
	statement := &attestation.Statement{Type: attestation.StatementTypeUri, PredicateType: predicateType, Predicate: predicate}
	for _, name := range sortedNames(s.Subjects) {
		statement.Subject = append(statement.Subject, &attestation.ResourceDescriptor{Name: name, Digest: map[string]string{digestName: s.Subjects[name]}})
	}
	if err := statement.Validate(); err != nil {
		return nil, err
	}
	body, err := protojson.Marshal(statement)
	if err != nil {
		return nil, err
	}
	signer, err := dsse.NewEnvelopeSigner(k)
	if err != nil {
		return nil, err
	}
	envelope, err := signer.SignPayload(context.Background(), payloadType, body)
	if err != nil {
		return nil, err
	}
	return json.MarshalIndent(envelope, "", "  ")
}

// CheckKey reports whether [Sign] can use a private key.
func CheckKey(keyPEM []byte) error {
	_, err := privateKey(keyPEM)
	return err
}

// IsEnvelope reports whether a JSON document claims to be an envelope.
func IsEnvelope(text []byte) bool {
	var e dsse.Envelope
	return json.Unmarshal(text, &e) == nil && e.PayloadType != ""
}

// Open verifies an envelope with a public key in PEM and returns its statement. With
// no key the error is [ErrUnknownSigner], and nothing is known of who made it.
func Open(envelope, keyPEM []byte) (*Statement, error) {
	e, body, err := decode(envelope)
	if err != nil {
		return nil, err
	}
	s, err := statementOf(body)
	if err != nil {
		return nil, err
	}
	if keyPEM == nil {
		return s, ErrUnknownSigner
	}
	k, err := publicKey(keyPEM)
	if err != nil {
		return nil, err
	}
	verifier, err := dsse.NewEnvelopeVerifier(k)
	if err != nil {
		return nil, err
	}
	accepted, err := verifier.Verify(context.Background(), e)
	if err != nil || len(accepted) == 0 {
		return nil, errors.New("the signature is not of this key, or what it covers was altered")
	}
	s.Signer = accepted[0].KeyID
	return s, nil
}

func decode(text []byte) (*dsse.Envelope, []byte, error) {
	e := &dsse.Envelope{}
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(e); err != nil {
		return nil, nil, fmt.Errorf("is no DSSE envelope: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, nil, errors.New("is no DSSE envelope: something follows it")
	}
	if e.PayloadType != payloadType {
		return nil, nil, fmt.Errorf("payload type %q, want %q", e.PayloadType, payloadType)
	}
	if len(e.Signatures) == 0 {
		return nil, nil, errors.New("the envelope has no signature")
	}
	body, err := e.DecodeB64Payload()
	if err != nil {
		return nil, nil, fmt.Errorf("the payload: %w", err)
	}
	return e, body, nil
}

func statementOf(body []byte) (*Statement, error) {
	statement := &attestation.Statement{}
	if err := protojson.Unmarshal(body, statement); err != nil {
		return nil, fmt.Errorf("the payload is no in-toto statement: %w", err)
	}
	if err := statement.Validate(); err != nil {
		return nil, fmt.Errorf("the payload is no in-toto statement: %w", err)
	}
	if statement.PredicateType != predicateType {
		return nil, fmt.Errorf("predicate type %q, want %q", statement.PredicateType, predicateType)
	}
	certificate, err := protojson.Marshal(statement.Predicate)
	if err != nil {
		return nil, err
	}
	s := &Statement{Subjects: map[string]string{}, Certificate: certificate}
	for _, subject := range statement.Subject {
		digest := subject.Digest[digestName]
		if digest == "" || subject.Name == "" || strings.ContainsAny(subject.Name, `/\`) {
			return nil, fmt.Errorf("subject %.60q: want the name of a file and its %s", subject.Name, digestName)
		}
		s.Subjects[subject.Name] = digest
	}
	return s, nil
}

func sortedNames(subjects map[string]string) []string {
	var names []string
	for name := range subjects {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
