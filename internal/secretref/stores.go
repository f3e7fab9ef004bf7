package secretref

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// secretsManager is what is needed of AWS Secrets Manager.
type secretsManager interface {
	GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error)
}

// parameterStore is what is needed of AWS Systems Manager.
type parameterStore interface {
	GetParameter(context.Context, *ssm.GetParameterInput, ...func(*ssm.Options)) (*ssm.GetParameterOutput, error)
}

// stores are where AWS keeps secrets.
type stores struct {
	secrets    secretsManager
	parameters parameterStore
}

func newStores(cfg aws.Config) *stores {
	return &stores{secrets: secretsmanager.NewFromConfig(cfg), parameters: ssm.NewFromConfig(cfg)}
}

// secret reads the current version of a secret.
func (s *stores) secret(ctx context.Context, r Reference) ([]byte, error) {
	out, err := s.secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &r.Name}, func(o *secretsmanager.Options) {
		if region := r.region(); region != "" {
			o.Region = region
		}
	})
	if err != nil {
		return nil, &Error{Problem: "AWS Secrets Manager does not give it", Err: err}
	}
	whole := out.SecretBinary
	if out.SecretString != nil {
		whole = []byte(*out.SecretString)
	}
	if r.Key == "" {
		return whole, nil
	}
	// The parser's own errors would quote the secret.
	var object map[string]json.RawMessage
	if json.Unmarshal(whole, &object) != nil || object == nil {
		return nil, &Error{Problem: "the secret is no JSON object", Allowed: "an object with the key, or a reference without #KEY"}
	}
	field, ok := object[r.Key]
	if !ok {
		return nil, &Error{Problem: "the secret has no such key", Allowed: "a key of the JSON object"}
	}
	var text *string
	if json.Unmarshal(field, &text) != nil || text == nil {
		return nil, &Error{Problem: "what the key stands for is no string", Allowed: "a JSON string"}
	}
	return []byte(*text), nil
}

// parameter reads a parameter, and decrypts one that is kept encrypted.
func (s *stores) parameter(ctx context.Context, r Reference) ([]byte, error) {
	out, err := s.parameters.GetParameter(ctx, &ssm.GetParameterInput{Name: &r.Name, WithDecryption: aws.Bool(true)}, func(o *ssm.Options) {
		if region := r.region(); region != "" {
			o.Region = region
		}
	})
	if err != nil {
		return nil, &Error{Problem: "AWS Systems Manager does not give it", Err: err}
	}
	if out.Parameter == nil {
		return nil, nil
	}
	return []byte(aws.ToString(out.Parameter.Value)), nil
}
