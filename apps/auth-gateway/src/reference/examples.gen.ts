// Made by `TEST_RECORD_EXAMPLES=1 npm test -- openapi-examples`: what the real service answered. Do not edit.
import type { OperationExamples } from './operation-example.js';

export const EXAMPLES: OperationExamples = {
  "checkEnvoyRequest": {
    "example": {
      "status": 200
    }
  },
  "checkForwardedRequest": {
    "example": {
      "status": 200
    }
  },
  "checkNginxRequest": {
    "example": {
      "status": 200
    }
  },
  "issueToken": {
    "example": {
      "status": 200,
      "answer": {
        "token": "eyJhbGciOiJFZERTQSJ9.EXAMPLE.EXAMPLE",
        "expiresAt": "2026-11-30T11:04:14.000Z"
      }
    }
  },
  "readIdentity": {
    "example": {
      "status": 200,
      "answer": {
        "user": {
          "id": "01a22c1f-6f23-7187-a798-dc547f6a21dd",
          "username": "dana",
          "roles": [
            {
              "id": "api-key-generate",
              "name": "API Key Generate"
            },
            {
              "id": "api-key-sign-in",
              "name": "API Key Sign In"
            }
          ],
          "permissions": [
            "api-key.generate",
            "api-key.sign-in"
          ]
        },
        "key": {
          "id": "63ZVyXxgkC24cIHzGgArWh",
          "name": "Zapier",
          "effectiveExpiresAt": "2026-12-30T11:03:10.334Z",
          "readOnly": false,
          "scopes": [
            "invoices:read"
          ]
        },
        "position": 51
      }
    }
  },
  "readTokenKeys": {
    "example": {
      "status": 200,
      "answer": {
        "keys": [
          {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": "NDd39qvi9JKXuLkogtI0IBkIHhgVysF7Ub-RdxbkKdk",
            "kid": "9_mdcpKj3hqc4bBnkE4kT-xkmO0NeEivkMfe0QRgvgM",
            "alg": "EdDSA",
            "use": "sig"
          }
        ]
      }
    }
  },
  "verifyKey": {
    "example": {
      "request": {
        "username": "dana",
        "key": "kf_63ZVyXxgkC24cIHzGgArWh_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM",
        "method": "GET",
        "ip": "192.0.2.7"
      },
      "status": 200,
      "answer": {
        "allowed": true,
        "reason": null,
        "user": {
          "id": "01a22c1f-6f23-7187-a798-dc547f6a21dd",
          "username": "dana",
          "roles": [
            {
              "id": "api-key-generate",
              "name": "API Key Generate"
            },
            {
              "id": "api-key-sign-in",
              "name": "API Key Sign In"
            }
          ],
          "permissions": [
            "api-key.generate",
            "api-key.sign-in"
          ]
        },
        "key": {
          "id": "63ZVyXxgkC24cIHzGgArWh",
          "name": "Zapier",
          "effectiveExpiresAt": "2026-12-30T11:03:10.334Z",
          "readOnly": false,
          "scopes": [
            "invoices:read"
          ]
        },
        "position": 51
      }
    },
    "refused": {
      "request": {
        "username": "eve",
        "key": "kf_63ZVyXxgkC24cIHzGgArWh_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM",
        "method": "GET",
        "ip": "192.0.2.7"
      },
      "status": 200,
      "answer": {
        "allowed": false,
        "reason": "USERNAME_MISMATCH",
        "position": 51
      }
    }
  }
};
