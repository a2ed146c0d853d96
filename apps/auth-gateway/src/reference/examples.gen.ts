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
        "expiresAt": "2026-11-30T07:45:23.000Z"
      }
    }
  },
  "readIdentity": {
    "example": {
      "status": 200,
      "answer": {
        "user": {
          "id": "01a22b69-67b8-7579-8d48-aeabc5022928",
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
          "id": "20fIAKfWQGnbbJICxkJGAW",
          "name": "Zapier",
          "effectiveExpiresAt": "2026-12-30T07:44:19.848Z",
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
            "x": "dbxxvcDoHQISjpIZ7wvgLkelPo07VwcYY9o595MwWXc",
            "kid": "H72uL3M8j5l6oMhy4W8aTQFjB0QBce_mxT7tawICJJw",
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
        "key": "kf_20fIAKfWQGnbbJICxkJGAW_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM",
        "method": "GET",
        "ip": "192.0.2.7"
      },
      "status": 200,
      "answer": {
        "allowed": true,
        "reason": null,
        "user": {
          "id": "01a22b69-67b8-7579-8d48-aeabc5022928",
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
          "id": "20fIAKfWQGnbbJICxkJGAW",
          "name": "Zapier",
          "effectiveExpiresAt": "2026-12-30T07:44:19.848Z",
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
        "key": "kf_20fIAKfWQGnbbJICxkJGAW_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM",
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
