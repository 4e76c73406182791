package attest

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
)

// key signs and verifies; without the private half it only verifies.
type key struct {
	private ed25519.PrivateKey
	public  ed25519.PublicKey
}

var errBadSignature = errors.New("the signature does not match")

// Sign implements dsse.Signer.
func (k *key) Sign(_ context.Context, data []byte) ([]byte, error) {
	return ed25519.Sign(k.private, data), nil
}

// Verify implements dsse.Verifier.
func (k *key) Verify(_ context.Context, data, signature []byte) error {
	if !ed25519.Verify(k.public, data, signature) {
		return errBadSignature
	}
	return nil
}

// KeyID is the SHA-256 of the public key.
func (k *key) KeyID() (string, error) { return dsse.SHA256KeyID(k.public) }

// Public implements dsse.Verifier.
func (k *key) Public() crypto.PublicKey { return k.public }

// privateKey reads a PKCS #8 private key in PEM.
func privateKey(text []byte) (*key, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "PRIVATE KEY" {
		return nil, errors.New("no PEM block PRIVATE KEY; make one with: openssl genpkey -algorithm ed25519")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	private, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("a key of type %T; an Ed25519 key is needed: openssl genpkey -algorithm ed25519", parsed)
	}
	return &key{private, private.Public().(ed25519.PublicKey)}, nil
}

// publicKey reads a PKIX public key in PEM.
func publicKey(text []byte) (*key, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "PUBLIC KEY" {
		return nil, errors.New("no PEM block PUBLIC KEY; make one with: openssl pkey -in KEY -pubout")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	public, ok := parsed.(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("a key of type %T; an Ed25519 key is needed", parsed)
	}
	return &key{public: public}, nil
}
