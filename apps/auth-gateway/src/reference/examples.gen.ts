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
        "expiresAt": "2026-11-30T07:19:43.000Z"
      }
    }
  },
  "readIdentity": {
    "example": {
      "status": 200,
      "answer": {
        "user": {
          "id": "01a22b51-c316-705f-9f98-a887efc3b71d",
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
          "id": "5NZ7gW6saBRh0f9yt2CHhq",
          "name": "Zapier",
          "effectiveExpiresAt": "2026-12-30T07:18:37.116Z",
          "readOnly": false,
          "scopes": [
            "invoices:read"
          ]
        },
        "position": 49
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
            "x": "0tGanU1UtxUjASWA4-_wg53W_Unywz_yHL_VAy9rB-U",
            "kid": "z6YIT6iIIuPuILDD_q-BaqTRJo15hDhC4Nhvy7U4Hxg",
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
        "key": "kf_5NZ7gW6saBRh0f9yt2CHhq_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM",
        "method": "GET",
        "ip": "192.0.2.7"
      },
      "status": 200,
      "answer": {
        "allowed": true,
        "reason": null,
        "user": {
          "id": "01a22b51-c316-705f-9f98-a887efc3b71d",
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
          "id": "5NZ7gW6saBRh0f9yt2CHhq",
          "name": "Zapier",
          "effectiveExpiresAt": "2026-12-30T07:18:37.116Z",
          "readOnly": false,
          "scopes": [
            "invoices:read"
          ]
        },
        "position": 49
      }
    },
    "refused": {
      "request": {
        "username": "eve",
        "key": "kf_5NZ7gW6saBRh0f9yt2CHhq_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM",
        "method": "GET",
        "ip": "192.0.2.7"
      },
      "status": 200,
      "answer": {
        "allowed": false,
        "reason": "USERNAME_MISMATCH",
        "position": 49
      }
    }
  }
};
