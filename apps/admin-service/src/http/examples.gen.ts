// Made by `TEST_RECORD_EXAMPLES=1 npm test -- openapi-examples`: what the real service answered. Do not edit.
import type { OperationExamples } from './api-docs.js';

export const EXAMPLES: OperationExamples = {
  "approveGateway": {
    "example": {
      "request": {
        "verifierKeys": [
          "gateway-1/0+b4a961a8+BIKmzdFzPt89MgB+gRNbCQlSkLSmybzS2ArTKiRtqXcX"
        ]
      },
      "status": 200,
      "answer": {
        "gatewayId": "gateway-1",
        "verifierKeys": [
          "gateway-1/0+b4a961a8+BIKmzdFzPt89MgB+gRNbCQlSkLSmybzS2ArTKiRtqXcX"
        ]
      }
    }
  },
  "changeOwnPassword": {
    "example": {
      "request": {
        "currentPassword": "correct horse battery staple",
        "newPassword": "four candles and a fork handle"
      },
      "status": 204
    }
  },
  "changeRole": {
    "example": {
      "request": {
        "permissions": [
          "users.read",
          "roles.read"
        ]
      },
      "status": 200,
      "answer": {
        "id": "01a22b33-a137-70d9-8f42-45ec9183150b",
        "name": "Directory",
        "description": "Reads who there is.",
        "permissions": [
          "roles.read",
          "users.read"
        ],
        "system": false
      }
    }
  },
  "changeSecuritySettings": {
    "dryRun": {
      "request": {
        "apiKeyAuthenticationEnabled": true,
        "maxApiKeyLifetimeDays": 90
      },
      "status": 200,
      "answer": {
        "affected": {
          "keys": 0,
          "users": 0
        },
        "sample": []
      }
    },
    "example": {
      "request": {
        "apiKeyAuthenticationEnabled": true,
        "maxApiKeyLifetimeDays": 90
      },
      "status": 200,
      "answer": {
        "apiKeyAuthenticationEnabled": true,
        "maxApiKeyLifetimeDays": 90,
        "gatewayLeaseSeconds": 60,
        "rotationGraceMaxSeconds": 604800,
        "maxActiveKeysPerUser": 20,
        "defaultKeyRateLimit": null,
        "journal": "denials",
        "journalRetentionDays": 400,
        "gatewayEnrolment": "automatic"
      }
    }
  },
  "changeUser": {
    "example": {
      "request": {
        "displayName": "Dana M. Reyes"
      },
      "status": 200,
      "answer": {
        "id": "01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
        "username": "dana",
        "displayName": "Dana M. Reyes",
        "email": "dana@example.org",
        "status": "active",
        "supervisorId": null,
        "roles": [
          {
            "id": "api-key-generate",
            "name": "API Key Generate"
          },
          {
            "id": "api-key-sign-in",
            "name": "API Key Sign In"
          },
          {
            "id": "01a22b33-a137-70d9-8f42-45ec9183150b",
            "name": "Directory"
          }
        ],
        "createdAt": "2026-11-30T06:45:34.143Z"
      }
    }
  },
  "changeWebhook": {
    "example": {
      "request": {
        "types": null
      },
      "status": 200,
      "answer": {
        "id": "a126d473-8d7c-48bd-8883-56466241f0c7",
        "url": "https://hooks.example.org/keyfold",
        "types": null,
        "enabled": true,
        "createdAt": "2026-11-30T06:45:42.239Z",
        "createdBy": "user/first-administrator",
        "previousSecretUntil": null
      }
    }
  },
  "claimApiKey": {
    "example": {
      "status": 200,
      "answer": {
        "id": "27DPsF3iKHBL2na9MInDF6",
        "userId": "01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
        "username": "dana",
        "name": "Reports",
        "status": "active",
        "hint": "QkMa",
        "createdAt": "2026-11-30T06:45:38.846Z",
        "createdBy": "user/first-administrator",
        "expiresAt": "2026-12-07T06:45:39.379Z",
        "effectiveExpiresAt": "2026-12-07T06:45:39.379Z",
        "effectiveExpiryBoundBy": "key",
        "acceptance": {
          "allowed": true,
          "reason": null
        },
        "readOnly": true,
        "scopes": [],
        "allowedIpRanges": null,
        "rateLimit": null,
        "lastUsedAt": null,
        "predecessorId": null,
        "successorId": null,
        "supersededUntil": null,
        "revokedAt": null,
        "revocationReason": null,
        "key": "kf_27DPsF3iKHBL2na9MInDF6_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM"
      }
    }
  },
  "createRole": {
    "example": {
      "request": {
        "name": "Directory",
        "description": "Reads who there is.",
        "permissions": [
          "users.read"
        ]
      },
      "status": 201,
      "answer": {
        "id": "01a22b33-a137-70d9-8f42-45ec9183150b",
        "name": "Directory",
        "description": "Reads who there is.",
        "permissions": [
          "users.read"
        ],
        "system": false
      }
    }
  },
  "createUser": {
    "example": {
      "request": {
        "username": "dana",
        "displayName": "Dana Reyes",
        "email": "dana@example.org",
        "password": "correct horse battery staple"
      },
      "status": 201,
      "answer": {
        "id": "01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
        "username": "dana",
        "displayName": "Dana Reyes",
        "email": "dana@example.org",
        "status": "active",
        "supervisorId": null,
        "roles": [],
        "createdAt": "2026-11-30T06:45:34.143Z"
      }
    }
  },
  "createWebhook": {
    "example": {
      "request": {
        "url": "https://hooks.example.org/keyfold",
        "types": [
          "ApiKeyExpiring"
        ]
      },
      "status": 201,
      "answer": {
        "id": "a126d473-8d7c-48bd-8883-56466241f0c7",
        "url": "https://hooks.example.org/keyfold",
        "types": [
          "ApiKeyExpiring"
        ],
        "enabled": true,
        "createdAt": "2026-11-30T06:45:42.239Z",
        "createdBy": "user/first-administrator",
        "previousSecretUntil": null,
        "secret": "whsec_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLE"
      }
    }
  },
  "deactivateUser": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22b33-a674-7472-9378-8ed7561bbc6a",
        "username": "spare",
        "displayName": null,
        "email": null,
        "status": "deactivated",
        "supervisorId": null,
        "roles": [],
        "createdAt": "2026-11-30T06:45:34.974Z"
      }
    }
  },
  "deleteRole": {
    "example": {
      "status": 204
    }
  },
  "deleteWebhook": {
    "example": {
      "status": 204
    }
  },
  "downloadEventProof": {
    "example": {
      "status": 200,
      "answer": "c2sp.org/tlog-proof@v1\nindex 5\nD+Wr08yzNFM+UjxKzAkcwODB3Q7kR7xPYJSp1mrUaqA=\nizWPZj9GKfCXSMrnk9O0okC+NrreVQARE+SndUWPV6g=\neaKPYlakTEqGRQxPX0VqGpFa7NVaDsA49svvUrg72nQ=\n\nkeyfold.local/1d9748a34b2e\n8\nb8OdrsrUEzqeHT1EmFCSFIvRcS+QZbc7cFXLvSQQdZE=\n\n— keyfold.local/1d9748a34b2e PxoAKvjy7oX5YYdiXnvRFvJM46qrXmGvKwY7Ryz+2JjRm0pXzwBjFSCwvN9qv7vpRGK9J7s44PCGwYfAeIURIte3GQ8=\n"
    }
  },
  "downloadReceipt": {
    "example": {
      "status": 200,
      "answer": {
        "format": "keyfold-receipt/1",
        "position": 50,
        "leaf": "eyJhY3RvciI6InVzZXIvMDFhMjJiMzMtYTJkOS03MzY5LWEwYjMtNWYxZGM0YWUxZmNhIiwiY29ycmVsYXRpb25JZCI6IjAxYTIyYjMzLWVmN2YtNzA1MC04ZWI0LTZmMzZlMzVhODRhOSIsImRhdGEiOnsicmVhc29uIjoiVU5TUEVDSUZJRUQifSwicG9zaXRpb24iOjUwLCJyZWNvcmRlZEF0IjoiMjAyNi0xMS0zMFQwNjo0NTo1My43MzZaIiwic2NoZW1hVmVyc2lvbiI6MSwic2VhbGVkIjp7fSwic3RyZWFtIjoiYXBpLWtleS80a0lzZWJRTVpOeXRmRFhtWFdsOUhEIiwidHlwZSI6IkFwaUtleVJldm9rZWQiLCJ2ZXJzaW9uIjoyfQ==",
        "enrolments": [
          {
            "leaf": "eyJhY3RvciI6InN5c3RlbSIsImNvcnJlbGF0aW9uSWQiOiIwMWEyMmIzMy1lZDVkLTc0ZTItYmY3YS05YTVkZDEyMzBlODYiLCJkYXRhIjp7ImdhdGV3YXlJZCI6ImdhdGV3YXktMSIsInByb2Nlc3MiOiIwIiwidmVyaWZpZXJLZXkiOiJnYXRld2F5LTEvMCtiNGE5NjFhOCtCSUttemRGelB0ODlNZ0IrZ1JOYkNRbFNrTFNteWJ6UzJBclRLaVJ0cVhjWCJ9LCJwb3NpdGlvbiI6NDksInJlY29yZGVkQXQiOiIyMDI2LTExLTMwVDA2OjQ1OjUzLjEyMloiLCJzY2hlbWFWZXJzaW9uIjoxLCJzZWFsZWQiOnt9LCJzdHJlYW0iOiJnYXRld2F5L2dhdGV3YXktMSIsInR5cGUiOiJHYXRld2F5RW5yb2xsZWQiLCJ2ZXJzaW9uIjoxfQ==",
            "inclusion": {
              "leafIndex": 48,
              "treeSize": 50,
              "hashes": [
                "2Q5Qdeept14BzE1icb6YekccdwrOJvVxAbB+J5do1Ic=",
                "knz00F2G9hba93SMW/6KITZaOe1sSRZ2Wp9gmx/CwwA=",
                "xrk45gp8jO//eGdWXdnYLvHE0AlDlQ5jWS8MY2VgPCQ="
              ]
            }
          }
        ],
        "proofs": [
          {
            "checkpoint": "keyfold.local/1d9748a34b2e\n50\nVPs97mRDYBkDY0u388Mkz5iYAEhkczMpAM8B9ThN7eQ=\n\n— keyfold.local/1d9748a34b2e PxoAKq90CZc5phKovUjta9yrum7U6RuRVgt4Q1qQP9k4hxvLu5B/VcXkXv1J8q/Xy4NJT0UlXoHzSHPORxjhfS9ARwA=\n— gateway-1/0 tKlhqAAAAABrDRuhaczSKBsvUyjzgYkXBc/B+KtH2gKKnJCH6qy2agLeDavqBrxuNIWkd/zQ31sg/r81uCixsQyEaqkmZTMS1GFACA==\n",
            "inclusion": {
              "leafIndex": 49,
              "treeSize": 50,
              "hashes": [
                "+6yNmuQihWNI9wXyjifRv+RYqYC141UwCazRAKagjZ0=",
                "knz00F2G9hba93SMW/6KITZaOe1sSRZ2Wp9gmx/CwwA=",
                "xrk45gp8jO//eGdWXdnYLvHE0AlDlQ5jWS8MY2VgPCQ="
              ]
            }
          }
        ],
        "statement": "keyfold-receipt/1\nkeyfold.local/1d9748a34b2e\n50\ngateway-1 0 applied 50 2026-11-30T06:45:53.854Z\n\n— keyfold.local/1d9748a34b2e PxoAKhMluyJas3SS4pbxDHE2mIXUBND/EmfndczAGJx53j6VJcUeGe4VWNoqEr8UxVPhl8/RVoqvRIT3T8eBwutGRgU=\n"
      }
    }
  },
  "endOwnSession": {
    "example": {
      "status": 204
    }
  },
  "endUserSession": {
    "example": {
      "status": 204
    }
  },
  "endUserSessions": {
    "example": {
      "status": 204
    }
  },
  "eraseUser": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22b33-a674-7472-9378-8ed7561bbc6a",
        "username": null,
        "displayName": null,
        "email": null,
        "status": "erased",
        "supervisorId": null,
        "roles": [],
        "createdAt": "2026-11-30T06:45:34.974Z"
      }
    }
  },
  "explainDecision": {
    "example": {
      "request": {
        "keyId": "4kIsebQMZNytfDXmXWl9HD",
        "method": "GET",
        "ip": "192.0.2.7"
      },
      "status": 200,
      "answer": {
        "allowed": true,
        "reason": null,
        "decidedAtPosition": 35,
        "at": "2026-11-30T06:45:45.660Z",
        "because": [
          {
            "position": 5,
            "type": "RoleCreated",
            "summary": "role/api-key-sign-in, description May sign in to services with an API key of one’s own., name API Key Sign In, permissions [\"api-key.sign-in\"], system true"
          },
          {
            "position": 9,
            "type": "SecuritySettingsChanged",
            "summary": "settings/security, apiKeyAuthenticationEnabled false -> true, maxApiKeyLifetimeDays 180 -> 90"
          },
          {
            "position": 12,
            "type": "UserCreated",
            "summary": "user/01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca"
          },
          {
            "position": 15,
            "type": "RoleGranted",
            "summary": "user/01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca, roleId api-key-sign-in"
          },
          {
            "position": 30,
            "type": "ApiKeyIssued",
            "summary": "api-key/4kIsebQMZNytfDXmXWl9HD, expiry {\"days\":30}, hint 6947, predecessorId 61R1DLMWu2HqMkBMa0cihU, rateLimit {\"requests\":100,\"seconds\":60}, readOnly false, s…"
          }
        ]
      }
    }
  },
  "exportLog": {
    "example": {
      "status": 200,
      "answer": "{\"actor\":\"system\",\"correlationId\":\"01a22b33-8138-72fc-9696-b2815c1acfdc\",\"data\":{\"description\":\"May do everything.\",\"name\":\"Administrator\",\"permissions\":[\"settings.read\",\"settings.manage\",\"roles.read\",\"roles.manage\",\"roles.grant\",\"users.read\",\"users.manage\",\"api-key.generate\",\"api-key.sign-in\",\"api-keys.manage\",\"api-keys.supervise\",\"audit.read\",\"audit.reveal\"],\"system\":true},\"position\":1,\"recordedAt\":\"2026-11-30T06:45:25.549Z\",\"schemaVersion\":1,\"sealed\":{},\"stream\":\"role/administrator\",\"type\":\"RoleCreated\",\"version\":1}\n{\"checkpoint\":\"keyfold.local/1d9748a34b2e\\n1\\n/HjNzy8DW4dtAgxtzE79oBdiUJ3AXCtEWXHgt4OjVh0=\\n\\n— keyfold.local/1d9748a34b2e PxoAKjvtMcM7HOmYDp3fEBiTjMnX1HhqJFDrpqMopSrE86uz/YI0htPmmUGVxPWLMUcMVv/wDNZlfwCjrPqLSOBTKwY=\\n\",\"subtrees\":{\"level\":0,\"hashes\":\"/HjNzy8DW4dtAgxtzE79oBdiUJ3AXCtEWXHgt4OjVh0=\"}}\n"
    }
  },
  "finishOidcSignIn": {
    "example": {
      "status": 200,
      "answer": {
        "token": "kfs_EXAMPLE-EXAMPLE-EXAMPLE-EXAMPLE-EXAMPLE",
        "expiresAt": "2026-11-30T18:45:44.779Z",
        "user": {
          "id": "01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
          "username": "dana",
          "displayName": "Dana M. Reyes",
          "email": "dana@example.org",
          "status": "active",
          "supervisorId": null,
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
          "createdAt": "2026-11-30T06:45:34.143Z"
        }
      }
    }
  },
  "grantRole": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
        "username": "dana",
        "displayName": "Dana Reyes",
        "email": "dana@example.org",
        "status": "active",
        "supervisorId": null,
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
        "createdAt": "2026-11-30T06:45:34.143Z"
      }
    }
  },
  "issueOwnApiKey": {
    "example": {
      "request": {
        "name": "Zapier",
        "expiresInDays": 30,
        "scopes": [
          "invoices:read"
        ],
        "rateLimit": {
          "requests": 100,
          "seconds": 60
        }
      },
      "status": 201,
      "answer": {
        "id": "61R1DLMWu2HqMkBMa0cihU",
        "userId": "01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
        "username": "dana",
        "name": "Zapier",
        "status": "active",
        "hint": "dWi6",
        "createdAt": "2026-11-30T06:45:38.226Z",
        "createdBy": "user/01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
        "expiresAt": "2026-12-30T06:45:38.226Z",
        "effectiveExpiresAt": "2026-12-30T06:45:38.226Z",
        "effectiveExpiryBoundBy": "key",
        "acceptance": {
          "allowed": true,
          "reason": null
        },
        "readOnly": false,
        "scopes": [
          "invoices:read"
        ],
        "allowedIpRanges": null,
        "rateLimit": {
          "requests": 100,
          "seconds": 60
        },
        "lastUsedAt": null,
        "predecessorId": null,
        "successorId": null,
        "supersededUntil": null,
        "revokedAt": null,
        "revocationReason": null,
        "key": "kf_61R1DLMWu2HqMkBMa0cihU_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM"
      }
    }
  },
  "linkOidcIdentity": {
    "example": {
      "request": {
        "subject": "dana-at-the-issuer"
      },
      "status": 200,
      "answer": {
        "id": "01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
        "username": "dana",
        "displayName": "Dana M. Reyes",
        "email": "dana@example.org",
        "status": "active",
        "supervisorId": null,
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
        "createdAt": "2026-11-30T06:45:34.143Z"
      }
    }
  },
  "listApiKeys": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "61R1DLMWu2HqMkBMa0cihU",
            "userId": "01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
            "username": "dana",
            "name": "Zapier",
            "status": "active",
            "hint": "dWi6",
            "createdAt": "2026-11-30T06:45:38.226Z",
            "createdBy": "user/01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
            "expiresAt": "2026-12-30T06:45:38.226Z",
            "effectiveExpiresAt": "2026-12-30T06:45:38.226Z",
            "effectiveExpiryBoundBy": "key",
            "acceptance": {
              "allowed": true,
              "reason": null
            },
            "readOnly": false,
            "scopes": [
              "invoices:read"
            ],
            "allowedIpRanges": null,
            "rateLimit": {
              "seconds": 60,
              "requests": 100
            },
            "lastUsedAt": null,
            "predecessorId": null,
            "successorId": null,
            "supersededUntil": null,
            "revokedAt": null,
            "revocationReason": null
          }
        ],
        "nextCursor": null
      }
    },
    "csv": {
      "status": 200,
      "answer": "id,userId,username,name,status,hint,createdAt,createdBy,expiresAt,effectiveExpiresAt,effectiveExpiryBoundBy,accepted,refusalReason,readOnly,scopes,allowedIpRanges,rateLimitRequests,rateLimitSeconds,lastUsedAt,predecessorId,successorId,supersededUntil,revokedAt,revocationReason\r\n61R1DLMWu2HqMkBMa0cihU,01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca,dana,Zapier,active,dWi6,2026-11-30T06:45:38.226Z,user/01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca,2026-12-30T06:45:38.226Z,2026-12-30T06:45:38.226Z,key,true,,false,invoices:read,,100,60,,,,,,\r\n"
    }
  },
  "listCosignedCheckpoints": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "size": 8,
            "cosignedAt": "2026-11-30T06:45:30.000Z",
            "checkpoint": "keyfold.local/1d9748a34b2e\n8\nb8OdrsrUEzqeHT1EmFCSFIvRcS+QZbc7cFXLvSQQdZE=\n\n— keyfold.local/1d9748a34b2e PxoAKvjy7oX5YYdiXnvRFvJM46qrXmGvKwY7Ryz+2JjRm0pXzwBjFSCwvN9qv7vpRGK9J7s44PCGwYfAeIURIte3GQ8=\n— keyfold.local/1d9748a34b2e/clock vwGrbQAAAABrDRuK1+ywKTPnVUpjn/Fa0Hy//sZvlub0j35WOZlCotjRn0Ed/ip1Sq7vMzRGo3zn1DYVyp/vnHFyS+Osq1B8INiVDw==\n"
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listEvents": {
    "example": {
      "status": 200,
      "answer": {
        "items": [],
        "nextCursor": null
      }
    }
  },
  "listGateways": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "gatewayId": "gateway-1",
            "processes": [
              {
                "slot": "0",
                "incarnation": "8b89827d-7f0f-4a8e-a762-27d351f1ea81",
                "verifierKey": "gateway-1/0+b4a961a8+BIKmzdFzPt89MgB+gRNbCQlSkLSmybzS2ArTKiRtqXcX",
                "fingerprint": "SHA256:bGzQ0JKppNCZ3Joo3vjmHWfEEepvzjj4WdIMeI5IcGI",
                "enrolled": true,
                "noLease": null,
                "appliedPosition": 50,
                "lagEvents": 0,
                "leaseUntil": "2026-11-30T06:46:53.823Z",
                "lastSeenAt": "2026-11-30T06:45:53.823Z",
                "version": "0.1.0"
              }
            ],
            "appliedPosition": 50,
            "lagEvents": 0,
            "leaseUntil": "2026-11-30T06:46:53.823Z",
            "lastSeenAt": "2026-11-30T06:45:53.823Z",
            "version": "0.1.0"
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listNotices": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "7a64c5d1-62c2-48b1-ae27-3dd6c6a9c068",
            "type": "ApiKeyRevoked",
            "occurredAt": "2026-11-30T06:45:41.662Z",
            "userId": "01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
            "keyId": "61R1DLMWu2HqMkBMa0cihU",
            "keyName": "Zapier",
            "read": true,
            "data": {
              "reason": "SUPERSEDED"
            }
          }
        ],
        "nextCursor": "NQ"
      }
    }
  },
  "listOwnApiKeys": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "61R1DLMWu2HqMkBMa0cihU",
            "userId": "01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
            "username": "dana",
            "name": "Zapier",
            "status": "active",
            "hint": "dWi6",
            "createdAt": "2026-11-30T06:45:38.226Z",
            "createdBy": "user/01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
            "expiresAt": "2026-12-30T06:45:38.226Z",
            "effectiveExpiresAt": "2026-12-30T06:45:38.226Z",
            "effectiveExpiryBoundBy": "key",
            "acceptance": {
              "allowed": true,
              "reason": null
            },
            "readOnly": false,
            "scopes": [
              "invoices:read"
            ],
            "allowedIpRanges": null,
            "rateLimit": {
              "seconds": 60,
              "requests": 100
            },
            "lastUsedAt": null,
            "predecessorId": null,
            "successorId": null,
            "supersededUntil": null,
            "revokedAt": null,
            "revocationReason": null
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listOwnNotices": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "7a64c5d1-62c2-48b1-ae27-3dd6c6a9c068",
            "type": "ApiKeyRevoked",
            "occurredAt": "2026-11-30T06:45:41.662Z",
            "userId": "01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
            "keyId": "61R1DLMWu2HqMkBMa0cihU",
            "keyName": "Zapier",
            "read": false,
            "data": {
              "reason": "SUPERSEDED"
            }
          }
        ],
        "nextCursor": "NQ"
      }
    }
  },
  "listOwnSessions": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "01a22b33-ac76-756c-af33-15ccdeef343f",
            "createdAt": "2026-11-30T06:45:36.499Z",
            "lastSeenAt": "2026-11-30T06:45:36.499Z",
            "expiresAt": "2026-11-30T18:45:36.499Z",
            "address": "127.0.0.1",
            "userAgent": "node",
            "current": false
          },
          {
            "id": "01a22b33-a8d2-7588-8ae0-aa94c5d5f4e8",
            "createdAt": "2026-11-30T06:45:35.572Z",
            "lastSeenAt": "2026-11-30T06:45:35.572Z",
            "expiresAt": "2026-11-30T18:45:35.572Z",
            "address": "127.0.0.1",
            "userAgent": "node",
            "current": true
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listPermissions": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "permission": "settings.read",
            "description": "See the security settings, the webhooks and the gateways."
          },
          {
            "permission": "settings.manage",
            "description": "Change the security settings, the webhooks and the gateways."
          }
        ],
        "nextCursor": "Mg"
      }
    }
  },
  "listRoleMembers": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
            "username": "dana",
            "displayName": "Dana M. Reyes",
            "email": "dana@example.org",
            "status": "active",
            "supervisorId": null,
            "roles": [
              {
                "id": "api-key-generate",
                "name": "API Key Generate"
              },
              {
                "id": "api-key-sign-in",
                "name": "API Key Sign In"
              },
              {
                "id": "01a22b33-a137-70d9-8f42-45ec9183150b",
                "name": "Directory"
              }
            ],
            "createdAt": "2026-11-30T06:45:34.143Z"
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listRoles": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "administrator",
            "name": "Administrator",
            "description": "May do everything.",
            "permissions": [
              "settings.read",
              "settings.manage",
              "roles.read",
              "roles.manage",
              "roles.grant",
              "users.read",
              "users.manage",
              "api-key.generate",
              "api-key.sign-in",
              "api-keys.manage",
              "api-keys.supervise",
              "audit.read",
              "audit.reveal"
            ],
            "system": true
          },
          {
            "id": "auditor",
            "name": "Auditor",
            "description": "May read the settings, the roles and the whole log.",
            "permissions": [
              "settings.read",
              "roles.read",
              "audit.read"
            ],
            "system": true
          }
        ],
        "nextCursor": "Mg"
      }
    }
  },
  "listUserApiKeys": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "27DPsF3iKHBL2na9MInDF6",
            "userId": "01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
            "username": "dana",
            "name": "Reports",
            "status": "active",
            "hint": "QkMa",
            "createdAt": "2026-11-30T06:45:38.846Z",
            "createdBy": "user/first-administrator",
            "expiresAt": "2026-12-07T06:45:39.379Z",
            "effectiveExpiresAt": "2026-12-07T06:45:39.379Z",
            "effectiveExpiryBoundBy": "key",
            "acceptance": {
              "allowed": true,
              "reason": null
            },
            "readOnly": true,
            "scopes": [],
            "allowedIpRanges": null,
            "rateLimit": null,
            "lastUsedAt": null,
            "predecessorId": null,
            "successorId": null,
            "supersededUntil": null,
            "revokedAt": null,
            "revocationReason": null
          },
          {
            "id": "61R1DLMWu2HqMkBMa0cihU",
            "userId": "01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
            "username": "dana",
            "name": "Zapier",
            "status": "active",
            "hint": "dWi6",
            "createdAt": "2026-11-30T06:45:38.226Z",
            "createdBy": "user/01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
            "expiresAt": "2026-12-30T06:45:38.226Z",
            "effectiveExpiresAt": "2026-12-30T06:45:38.226Z",
            "effectiveExpiryBoundBy": "key",
            "acceptance": {
              "allowed": true,
              "reason": null
            },
            "readOnly": false,
            "scopes": [
              "invoices:read"
            ],
            "allowedIpRanges": null,
            "rateLimit": {
              "seconds": 60,
              "requests": 100
            },
            "lastUsedAt": null,
            "predecessorId": null,
            "successorId": null,
            "supersededUntil": null,
            "revokedAt": null,
            "revocationReason": null
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listUserSessions": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "01a22b33-ae46-7490-8e94-6c814ccea66c",
            "createdAt": "2026-11-30T06:45:36.958Z",
            "lastSeenAt": "2026-11-30T06:45:36.958Z",
            "expiresAt": "2026-11-30T18:45:36.958Z",
            "address": "127.0.0.1",
            "userAgent": "node",
            "current": false
          },
          {
            "id": "01a22b33-a8d2-7588-8ae0-aa94c5d5f4e8",
            "createdAt": "2026-11-30T06:45:35.572Z",
            "lastSeenAt": "2026-11-30T06:45:35.572Z",
            "expiresAt": "2026-11-30T18:45:35.572Z",
            "address": "127.0.0.1",
            "userAgent": "node",
            "current": false
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listUsers": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
            "username": "dana",
            "displayName": "Dana Reyes",
            "email": "dana@example.org",
            "status": "active",
            "supervisorId": null,
            "roles": [
              {
                "id": "api-key-generate",
                "name": "API Key Generate"
              },
              {
                "id": "api-key-sign-in",
                "name": "API Key Sign In"
              },
              {
                "id": "01a22b33-a137-70d9-8f42-45ec9183150b",
                "name": "Directory"
              }
            ],
            "createdAt": "2026-11-30T06:45:34.143Z"
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listWebhookDeliveries": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "98019fc8-f8a3-42aa-a922-ec3d8f1ac1dd",
            "noticeId": null,
            "type": "WebhookTest",
            "status": "pending",
            "attempts": 0,
            "createdAt": "2026-11-30T06:45:42.683Z",
            "nextAttemptAt": "2026-11-30T06:45:42.683Z",
            "lastAttemptAt": null,
            "lastStatus": null,
            "lastError": null
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listWebhooks": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "a126d473-8d7c-48bd-8883-56466241f0c7",
            "url": "https://hooks.example.org/keyfold",
            "types": [
              "ApiKeyExpiring"
            ],
            "enabled": true,
            "createdAt": "2026-11-30T06:45:42.239Z",
            "createdBy": "user/first-administrator",
            "previousSecretUntil": null
          }
        ],
        "nextCursor": null
      }
    }
  },
  "promiseApiKey": {
    "example": {
      "request": {
        "name": "Reports",
        "expiresInDays": 7,
        "readOnly": true
      },
      "status": 201,
      "answer": {
        "id": "27DPsF3iKHBL2na9MInDF6",
        "userId": "01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
        "username": "dana",
        "name": "Reports",
        "status": "pending",
        "hint": null,
        "createdAt": "2026-11-30T06:45:38.846Z",
        "createdBy": "user/first-administrator",
        "expiresAt": null,
        "effectiveExpiresAt": null,
        "effectiveExpiryBoundBy": null,
        "acceptance": {
          "allowed": false,
          "reason": "UNKNOWN_KEY"
        },
        "readOnly": true,
        "scopes": [],
        "allowedIpRanges": null,
        "rateLimit": null,
        "lastUsedAt": null,
        "predecessorId": null,
        "successorId": null,
        "supersededUntil": null,
        "revokedAt": null,
        "revocationReason": null,
        "key": null
      }
    }
  },
  "proveConsistency": {
    "example": {
      "status": 200,
      "answer": {
        "from": 3,
        "to": 8,
        "hashes": [
          "ZSjWvJs8DgFwl9DxwwZKB0p4iXs2u8e5hI4vW9DevZg=",
          "FZfRLJtuZNn52TeFE2HZaEywjtEbXW+1oFtdEH/f8sk=",
          "axysnb9Vs5D3wHIAAKghJJ2BwXBO7b3Kv1n+fsRedjc=",
          "xZV23Jp4/enLxnLKj5Gkcu6wmQ/tG0yKqTY3W42lJt0="
        ]
      }
    }
  },
  "proveEvent": {
    "example": {
      "status": 200,
      "answer": {
        "leafIndex": 5,
        "treeSize": 8,
        "checkpoint": "keyfold.local/1d9748a34b2e\n8\nb8OdrsrUEzqeHT1EmFCSFIvRcS+QZbc7cFXLvSQQdZE=\n\n— keyfold.local/1d9748a34b2e PxoAKvjy7oX5YYdiXnvRFvJM46qrXmGvKwY7Ryz+2JjRm0pXzwBjFSCwvN9qv7vpRGK9J7s44PCGwYfAeIURIte3GQ8=\n",
        "hashes": [
          "D+Wr08yzNFM+UjxKzAkcwODB3Q7kR7xPYJSp1mrUaqA=",
          "izWPZj9GKfCXSMrnk9O0okC+NrreVQARE+SndUWPV6g=",
          "eaKPYlakTEqGRQxPX0VqGpFa7NVaDsA49svvUrg72nQ="
        ]
      }
    }
  },
  "reactivateUser": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22b33-a674-7472-9378-8ed7561bbc6a",
        "username": "spare",
        "displayName": null,
        "email": null,
        "status": "active",
        "supervisorId": null,
        "roles": [],
        "createdAt": "2026-11-30T06:45:34.974Z"
      }
    }
  },
  "readApiKey": {
    "example": {
      "status": 200,
      "answer": {
        "id": "61R1DLMWu2HqMkBMa0cihU",
        "userId": "01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
        "username": "dana",
        "name": "Zapier",
        "status": "active",
        "hint": "dWi6",
        "createdAt": "2026-11-30T06:45:38.226Z",
        "createdBy": "user/01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
        "expiresAt": "2026-12-30T06:45:38.226Z",
        "effectiveExpiresAt": "2026-12-30T06:45:38.226Z",
        "effectiveExpiryBoundBy": "key",
        "acceptance": {
          "allowed": true,
          "reason": null
        },
        "readOnly": false,
        "scopes": [
          "invoices:read"
        ],
        "allowedIpRanges": null,
        "rateLimit": {
          "seconds": 60,
          "requests": 100
        },
        "lastUsedAt": null,
        "predecessorId": null,
        "successorId": null,
        "supersededUntil": null,
        "revokedAt": null,
        "revocationReason": null
      }
    }
  },
  "readCheckpoint": {
    "example": {
      "status": 200,
      "answer": "keyfold.local/1d9748a34b2e\n35\n2qI1aMuig04iE2+aBKtzv099YiF9GrfCSZEv2R88CvE=\n\n— keyfold.local/1d9748a34b2e PxoAKj/VjGv70DgeTNkPgp464un8C2iMYA2Ja+wewBogs56qhLfe8bWNH47wYAB6dlWX9IJ3w/ev46L656sZeNTUkQM=\n— keyfold.local/1d9748a34b2e/clock vwGrbQAAAABrDRuZQRZ3DB2h9TOXp0G6Tyze7FgEm6aPAcq1Wc3LRqZv9xb7rGMA/3Yceywn0syxCgn456EtMI1KqpW9bDAEQlWeAw==\n"
    }
  },
  "readConfirmation": {
    "example": {
      "status": 200,
      "answer": {
        "status": "confirmed",
        "gateways": [
          {
            "by": "applied",
            "gatewayId": "gateway-1",
            "leaseUntil": "2026-11-30T06:46:53.823Z",
            "confirmedAt": "2026-11-30T06:45:53.854Z",
            "appliedPosition": 50
          }
        ],
        "position": 50
      }
    }
  },
  "readEntryTile": {
    "example": {
      "status": 200
    }
  },
  "readEvent": {
    "example": {
      "status": 200,
      "answer": {
        "actor": "system",
        "correlationId": "01a22b33-8138-72fc-9696-b2815c1acfdc",
        "data": {
          "supervisorId": null
        },
        "position": 6,
        "recordedAt": "2026-11-30T06:45:25.872Z",
        "schemaVersion": 1,
        "sealed": {
          "username": "Ce3v64EKdyEBiK6MwzG93iuSDTNOxrUXpDvCLkxwGqs"
        },
        "stream": "user/first-administrator",
        "type": "UserCreated",
        "version": 1
      }
    }
  },
  "readHashTile": {
    "example": {
      "status": 200
    }
  },
  "readKeyPolicy": {
    "example": {
      "status": 200,
      "answer": {
        "apiKeyAuthenticationEnabled": true,
        "maxApiKeyLifetimeDays": 90,
        "rotationGraceMaxSeconds": 604800,
        "maxActiveKeysPerUser": 20,
        "activeKeys": 0,
        "mayGenerate": true,
        "maySignIn": true,
        "gatewayUrl": "https://keys.example.org"
      }
    }
  },
  "readLogCosigner": {
    "example": {
      "status": 200,
      "answer": "keyfold-cosigner/1\nkeyfold.local/1d9748a34b2e\nkeyfold.local/1d9748a34b2e/clock+bf01ab6d+BDwDY14L3WtHEpHOrwL+2k52Y0K+u1G85kFxwF8FdTEJ\n\n— keyfold.local/1d9748a34b2e PxoAKm+eDIjT4pAOJ1CxjVLomh2FcuV55YZ/LvgUaLYFSG0gYenvm8RHGZjp2d34lnDq+8AMaZhUecfh7Xa9AJEB1Qc=\n"
    }
  },
  "readLogPublicKey": {
    "example": {
      "status": 200,
      "answer": "keyfold.local/1d9748a34b2e+3f1a002a+ARPCHOcJamRbfhr3z3GOOvFKJnHx3meh5K2b6wWDZcWK\n"
    }
  },
  "readMe": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
        "username": "dana",
        "displayName": "Dana M. Reyes",
        "email": "dana@example.org",
        "status": "active",
        "supervisorId": null,
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
        "createdAt": "2026-11-30T06:45:34.143Z",
        "permissions": [
          "api-key.generate",
          "api-key.sign-in"
        ]
      }
    }
  },
  "readNotices": {
    "example": {
      "request": {
        "upTo": "7a64c5d1-62c2-48b1-ae27-3dd6c6a9c068"
      },
      "status": 200,
      "answer": {
        "unread": 0
      }
    }
  },
  "readPastState": {
    "example": {
      "status": 200,
      "answer": {
        "position": 2,
        "at": "2026-11-30T06:45:25.636Z",
        "settings": {
          "apiKeyAuthenticationEnabled": false,
          "maxApiKeyLifetimeDays": 180,
          "gatewayLeaseSeconds": 60,
          "rotationGraceMaxSeconds": 604800,
          "maxActiveKeysPerUser": 20,
          "defaultKeyRateLimit": null,
          "journal": "denials",
          "journalRetentionDays": 400,
          "isUsable": true,
          "bulkRevocations": []
        },
        "roles": [
          {
            "id": "administrator",
            "status": "active",
            "name": "Administrator",
            "description": "May do everything.",
            "permissions": [
              "settings.read",
              "settings.manage",
              "roles.read",
              "roles.manage",
              "roles.grant",
              "users.read",
              "users.manage",
              "api-key.generate",
              "api-key.sign-in",
              "api-keys.manage",
              "api-keys.supervise",
              "audit.read",
              "audit.reveal"
            ],
            "system": true
          },
          {
            "id": "auditor",
            "status": "active",
            "name": "Auditor",
            "description": "May read the settings, the roles and the whole log.",
            "permissions": [
              "settings.read",
              "roles.read",
              "audit.read"
            ],
            "system": true
          }
        ],
        "users": [],
        "keys": []
      }
    }
  },
  "readRole": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22b33-a137-70d9-8f42-45ec9183150b",
        "name": "Directory",
        "description": "Reads who there is.",
        "permissions": [
          "users.read"
        ],
        "system": false
      }
    }
  },
  "readSecuritySettings": {
    "example": {
      "status": 200,
      "answer": {
        "journal": "denials",
        "defaultKeyRateLimit": null,
        "gatewayLeaseSeconds": 60,
        "journalRetentionDays": 400,
        "maxActiveKeysPerUser": 20,
        "maxApiKeyLifetimeDays": 90,
        "rotationGraceMaxSeconds": 604800,
        "apiKeyAuthenticationEnabled": true,
        "gatewayEnrolment": "automatic"
      }
    }
  },
  "readSignInOptions": {
    "example": {
      "status": 200,
      "answer": {
        "signedIn": false,
        "password": true,
        "oidc": {
          "startUrl": "/v1/sessions/oidc/start",
          "label": "single sign-on"
        }
      }
    }
  },
  "readUser": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
        "username": "dana",
        "displayName": "Dana Reyes",
        "email": "dana@example.org",
        "status": "active",
        "supervisorId": null,
        "roles": [
          {
            "id": "api-key-generate",
            "name": "API Key Generate"
          },
          {
            "id": "api-key-sign-in",
            "name": "API Key Sign In"
          },
          {
            "id": "01a22b33-a137-70d9-8f42-45ec9183150b",
            "name": "Directory"
          }
        ],
        "createdAt": "2026-11-30T06:45:34.143Z"
      }
    }
  },
  "readWebhook": {
    "example": {
      "status": 200,
      "answer": {
        "id": "a126d473-8d7c-48bd-8883-56466241f0c7",
        "url": "https://hooks.example.org/keyfold",
        "types": [
          "ApiKeyExpiring"
        ],
        "enabled": true,
        "createdAt": "2026-11-30T06:45:42.239Z",
        "createdBy": "user/first-administrator",
        "previousSecretUntil": null
      }
    }
  },
  "replayWebhookDelivery": {
    "example": {
      "status": 200,
      "answer": {
        "id": "98019fc8-f8a3-42aa-a922-ec3d8f1ac1dd",
        "noticeId": null,
        "type": "WebhookTest",
        "status": "pending",
        "attempts": 0,
        "createdAt": "2026-11-30T06:45:42.683Z",
        "nextAttemptAt": "2026-11-30T06:45:42.683Z",
        "lastAttemptAt": null,
        "lastStatus": null,
        "lastError": null
      }
    }
  },
  "reportLeak": {
    "example": {
      "request": {
        "key": "kf_61R1DLMWu2HqMkBMa0cihU_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM"
      },
      "status": 202
    }
  },
  "retireGateway": {
    "example": {
      "status": 204
    }
  },
  "revokeApiKey": {
    "example": {
      "request": {
        "reason": "AFFILIATION_CHANGED",
        "note": "The report has moved."
      },
      "status": 200,
      "answer": {
        "id": "27DPsF3iKHBL2na9MInDF6",
        "userId": "01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
        "username": "dana",
        "name": "Reports",
        "status": "revoked",
        "hint": "QkMa",
        "createdAt": "2026-11-30T06:45:38.846Z",
        "createdBy": "user/first-administrator",
        "expiresAt": "2026-12-07T06:45:39.379Z",
        "effectiveExpiresAt": "2026-12-07T06:45:39.379Z",
        "effectiveExpiryBoundBy": "key",
        "acceptance": {
          "allowed": false,
          "reason": "REVOKED"
        },
        "readOnly": true,
        "scopes": [],
        "allowedIpRanges": null,
        "rateLimit": null,
        "lastUsedAt": null,
        "predecessorId": null,
        "successorId": null,
        "supersededUntil": null,
        "revokedAt": "2026-11-30T06:45:41.056Z",
        "revocationReason": "AFFILIATION_CHANGED"
      }
    },
    "waited": {
      "request": {
        "reason": "UNSPECIFIED"
      },
      "status": 200,
      "answer": {
        "id": "4kIsebQMZNytfDXmXWl9HD",
        "userId": "01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
        "username": "dana",
        "name": "Zapier",
        "status": "revoked",
        "hint": "6947",
        "createdAt": "2026-11-30T06:45:40.686Z",
        "createdBy": "user/01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
        "expiresAt": "2026-12-30T06:45:40.686Z",
        "effectiveExpiresAt": "2026-12-30T06:45:40.686Z",
        "effectiveExpiryBoundBy": "key",
        "acceptance": {
          "allowed": false,
          "reason": "REVOKED"
        },
        "readOnly": false,
        "scopes": [
          "invoices:read"
        ],
        "allowedIpRanges": null,
        "rateLimit": {
          "requests": 100,
          "seconds": 60
        },
        "lastUsedAt": null,
        "predecessorId": "61R1DLMWu2HqMkBMa0cihU",
        "successorId": null,
        "supersededUntil": null,
        "revokedAt": "2026-11-30T06:45:53.736Z",
        "revocationReason": "UNSPECIFIED",
        "confirmation": {
          "status": "confirmed",
          "position": 50,
          "gateways": [
            {
              "gatewayId": "gateway-1",
              "appliedPosition": 50,
              "by": "applied",
              "confirmedAt": "2026-11-30T06:45:53.854Z",
              "leaseUntil": "2026-11-30T06:46:53.823Z"
            }
          ]
        }
      }
    }
  },
  "revokeApiKeys": {
    "dryRun": {
      "request": {
        "filter": {
          "keyIds": [
            "61R1DLMWu2HqMkBMa0cihU"
          ]
        },
        "reason": "SUPERSEDED"
      },
      "status": 200,
      "answer": {
        "affected": {
          "keys": 1,
          "users": 1
        },
        "sample": [
          {
            "keyId": "61R1DLMWu2HqMkBMa0cihU",
            "username": "dana",
            "name": "Zapier",
            "effectiveExpiresAt": "2026-12-30T06:45:38.226Z",
            "lastUsedAt": null
          }
        ]
      }
    },
    "example": {
      "request": {
        "filter": {
          "keyIds": [
            "61R1DLMWu2HqMkBMa0cihU"
          ]
        },
        "reason": "SUPERSEDED"
      },
      "status": 200,
      "answer": {
        "revoked": 1
      }
    }
  },
  "rotateApiKey": {
    "example": {
      "request": {
        "graceSeconds": 3600
      },
      "status": 201,
      "answer": {
        "id": "4kIsebQMZNytfDXmXWl9HD",
        "userId": "01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
        "username": "dana",
        "name": "Zapier",
        "status": "active",
        "hint": "6947",
        "createdAt": "2026-11-30T06:45:40.686Z",
        "createdBy": "user/01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
        "expiresAt": "2026-12-30T06:45:40.686Z",
        "effectiveExpiresAt": "2026-12-30T06:45:40.686Z",
        "effectiveExpiryBoundBy": "key",
        "acceptance": {
          "allowed": true,
          "reason": null
        },
        "readOnly": false,
        "scopes": [
          "invoices:read"
        ],
        "allowedIpRanges": null,
        "rateLimit": {
          "requests": 100,
          "seconds": 60
        },
        "lastUsedAt": null,
        "predecessorId": "61R1DLMWu2HqMkBMa0cihU",
        "successorId": null,
        "supersededUntil": null,
        "revokedAt": null,
        "revocationReason": null,
        "key": "kf_4kIsebQMZNytfDXmXWl9HD_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM"
      }
    }
  },
  "rotateWebhookSecret": {
    "example": {
      "status": 200,
      "answer": {
        "id": "a126d473-8d7c-48bd-8883-56466241f0c7",
        "url": "https://hooks.example.org/keyfold",
        "types": null,
        "enabled": true,
        "createdAt": "2026-11-30T06:45:42.239Z",
        "createdBy": "user/first-administrator",
        "previousSecretUntil": "2026-12-01T06:45:43.045Z",
        "secret": "whsec_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLE"
      }
    }
  },
  "setUserPassword": {
    "example": {
      "request": {
        "newPassword": "correct horse battery staple"
      },
      "status": 204
    }
  },
  "signIn": {
    "example": {
      "request": {
        "username": "dana",
        "password": "correct horse battery staple"
      },
      "status": 201,
      "answer": {
        "token": "kfs_EXAMPLE-EXAMPLE-EXAMPLE-EXAMPLE-EXAMPLE",
        "expiresAt": "2026-11-30T18:45:35.572Z",
        "user": {
          "id": "01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
          "username": "dana",
          "displayName": "Dana M. Reyes",
          "email": "dana@example.org",
          "status": "active",
          "supervisorId": null,
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
          "createdAt": "2026-11-30T06:45:34.143Z"
        }
      }
    }
  },
  "signOut": {
    "example": {
      "status": 204
    }
  },
  "startOidcSignIn": {
    "example": {
      "status": 303
    }
  },
  "summariseApiKeys": {
    "example": {
      "status": 200,
      "answer": {
        "countedAt": "2026-11-30T06:45:39.998Z",
        "byStatus": {
          "pending": 0,
          "active": 2,
          "superseded": 0,
          "revoked": 0,
          "expired": 0
        },
        "endingWithinDays": {
          "1": 0,
          "7": 1,
          "30": 2
        },
        "unusedForDays": {
          "30": 0,
          "90": 0
        },
        "weeks": [
          {
            "start": "2026-11-23",
            "issued": 0,
            "revoked": 0
          },
          {
            "start": "2026-11-30",
            "issued": 2,
            "revoked": 0
          }
        ]
      }
    }
  },
  "testWebhook": {
    "example": {
      "status": 202,
      "answer": {
        "id": "98019fc8-f8a3-42aa-a922-ec3d8f1ac1dd",
        "noticeId": null,
        "type": "WebhookTest",
        "status": "pending",
        "attempts": 0,
        "createdAt": "2026-11-30T06:45:42.683Z",
        "nextAttemptAt": "2026-11-30T06:45:42.683Z",
        "lastAttemptAt": null,
        "lastStatus": null,
        "lastError": null
      }
    }
  },
  "withdrawRole": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22b33-a2d9-7369-a0b3-5f1dc4ae1fca",
        "username": "dana",
        "displayName": "Dana M. Reyes",
        "email": "dana@example.org",
        "status": "active",
        "supervisorId": null,
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
        "createdAt": "2026-11-30T06:45:34.143Z"
      }
    }
  }
};
