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
        "expiresAt": "2026-11-30T10:27:24.000Z"
      }
    }
  },
  "readIdentity": {
    "example": {
      "status": 200,
      "answer": {
        "user": {
          "id": "01a22bfd-c25f-746d-b46f-274cf93a41fc",
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
          "id": "5OP0DZbFBIhl6Ztsg3H58w",
          "name": "Zapier",
          "effectiveExpiresAt": "2026-12-30T10:26:21.776Z",
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
            "x": "nBkYGtJxwAGV7r-UeAHxI8RHzFFp4lVBLncv7-uM3bo",
            "kid": "bMW6RD4LgTNw1wJCZgodZel5Q98X1oK2dZRa84M2O14",
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
        "key": "kf_5OP0DZbFBIhl6Ztsg3H58w_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM",
        "method": "GET",
        "ip": "192.0.2.7"
      },
      "status": 200,
      "answer": {
        "allowed": true,
        "reason": null,
        "user": {
          "id": "01a22bfd-c25f-746d-b46f-274cf93a41fc",
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
          "id": "5OP0DZbFBIhl6Ztsg3H58w",
          "name": "Zapier",
          "effectiveExpiresAt": "2026-12-30T10:26:21.776Z",
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
        "key": "kf_5OP0DZbFBIhl6Ztsg3H58w_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM",
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
