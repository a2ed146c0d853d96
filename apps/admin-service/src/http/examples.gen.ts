// Made by `TEST_RECORD_EXAMPLES=1 npm test -- openapi-examples`: what the real service answered. Do not edit.
import type { OperationExamples } from './api-docs.js';

export const EXAMPLES: OperationExamples = {
  "approveGateway": {
    "example": {
      "request": {
        "verifierKeys": [
          "gateway-1/0+c83a209b+BOj9xYZFcecF0z7dLzi154DytgBnNK/KT0SDZvXeEdZU"
        ]
      },
      "status": 200,
      "answer": {
        "gatewayId": "gateway-1",
        "verifierKeys": [
          "gateway-1/0+c83a209b+BOj9xYZFcecF0z7dLzi154DytgBnNK/KT0SDZvXeEdZU"
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
        "id": "01a22b69-66ce-7187-afe6-3ff826731856",
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
        "id": "01a22b69-67b8-7579-8d48-aeabc5022928",
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
            "id": "01a22b69-66ce-7187-afe6-3ff826731856",
            "name": "Directory"
          }
        ],
        "createdAt": "2026-11-30T07:44:17.875Z"
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
        "id": "0d5142e7-2fd2-475c-a939-5768f34d8a7e",
        "url": "https://hooks.example.org/keyfold",
        "types": null,
        "enabled": true,
        "createdAt": "2026-11-30T07:44:20.598Z",
        "createdBy": "user/first-administrator",
        "previousSecretUntil": null
      }
    }
  },
  "claimApiKey": {
    "example": {
      "status": 200,
      "answer": {
        "id": "4VhXKGMh0327WAkgd6pshB",
        "userId": "01a22b69-67b8-7579-8d48-aeabc5022928",
        "username": "dana",
        "name": "Reports",
        "status": "active",
        "hint": "6BLx",
        "createdAt": "2026-11-30T07:44:19.320Z",
        "createdBy": "user/first-administrator",
        "expiresAt": "2026-12-07T07:44:19.453Z",
        "effectiveExpiresAt": "2026-12-07T07:44:19.453Z",
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
        "key": "kf_4VhXKGMh0327WAkgd6pshB_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM"
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
        "id": "01a22b69-66ce-7187-afe6-3ff826731856",
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
        "id": "01a22b69-67b8-7579-8d48-aeabc5022928",
        "username": "dana",
        "displayName": "Dana Reyes",
        "email": "dana@example.org",
        "status": "active",
        "supervisorId": null,
        "roles": [],
        "createdAt": "2026-11-30T07:44:17.875Z"
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
        "id": "0d5142e7-2fd2-475c-a939-5768f34d8a7e",
        "url": "https://hooks.example.org/keyfold",
        "types": [
          "ApiKeyExpiring"
        ],
        "enabled": true,
        "createdAt": "2026-11-30T07:44:20.598Z",
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
        "id": "01a22b69-694a-745f-ae61-f7d9528a77b1",
        "username": "spare",
        "displayName": null,
        "email": null,
        "status": "deactivated",
        "supervisorId": null,
        "roles": [],
        "createdAt": "2026-11-30T07:44:18.253Z"
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
      "answer": "c2sp.org/tlog-proof@v1\nindex 5\nM3CywNkrh2zNUzkHRHxGGnSpSKc2LJWK1fWaeQWzzs8=\nvSrs0bk8e5YjZNBAB7GjXQthJydMrvAleO9AX72kD0o=\nXUESdCthJ+dMRx4rRZaq37PSqfE63XHZi1Z5HuxnyDg=\n\nkeyfold.local/ec16931bb28a\n8\nG52oKmP0wlCLCL3rVOJZQylHZTv/PGx2nlt2VwuaGgw=\n\n— keyfold.local/ec16931bb28a VX8nnNDKCBjIqeBpo25GJdokmdScshp5CwbYq0EIIxMp1drnyq4ezcarL00b15036S31gUGQK8f3XD8ab8Z1AERmVA0=\n"
    }
  },
  "downloadReceipt": {
    "example": {
      "status": 200,
      "answer": {
        "format": "keyfold-receipt/1",
        "position": 52,
        "leaf": "eyJhY3RvciI6InVzZXIvMDFhMjJiNjktNjdiOC03NTc5LThkNDgtYWVhYmM1MDIyOTI4IiwiY29ycmVsYXRpb25JZCI6IjAxYTIyYjY5LTdkNmMtNzVmYi04YzdjLTAwZWI3YmU0NmQyOSIsImRhdGEiOnsicmVhc29uIjoiVU5TUEVDSUZJRUQifSwicG9zaXRpb24iOjUyLCJyZWNvcmRlZEF0IjoiMjAyNi0xMS0zMFQwNzo0NDoyMy40MDlaIiwic2NoZW1hVmVyc2lvbiI6MSwic2VhbGVkIjp7fSwic3RyZWFtIjoiYXBpLWtleS8yMGZJQUtmV1FHbmJiSklDeGtKR0FXIiwidHlwZSI6IkFwaUtleVJldm9rZWQiLCJ2ZXJzaW9uIjoyfQ==",
        "enrolments": [
          {
            "leaf": "eyJhY3RvciI6InN5c3RlbSIsImNvcnJlbGF0aW9uSWQiOiIwMWEyMmI2OS03YzdkLTc1M2QtYmRjYy1iN2U0ZGNhN2Y5OTAiLCJkYXRhIjp7ImdhdGV3YXlJZCI6ImdhdGV3YXktMSIsInByb2Nlc3MiOiIwIiwidmVyaWZpZXJLZXkiOiJnYXRld2F5LTEvMCtjODNhMjA5YitCT2o5eFlaRmNlY0YwejdkTHppMTU0RHl0Z0JuTksvS1QwU0RadlhlRWRaVSJ9LCJwb3NpdGlvbiI6NTEsInJlY29yZGVkQXQiOiIyMDI2LTExLTMwVDA3OjQ0OjIzLjE3MVoiLCJzY2hlbWFWZXJzaW9uIjoxLCJzZWFsZWQiOnt9LCJzdHJlYW0iOiJnYXRld2F5L2dhdGV3YXktMSIsInR5cGUiOiJHYXRld2F5RW5yb2xsZWQiLCJ2ZXJzaW9uIjoxfQ==",
            "inclusion": {
              "leafIndex": 50,
              "treeSize": 52,
              "hashes": [
                "rBxvv6lcntME7tU3wR1l5v1iG7shwZjlZKAatHO3pKI=",
                "aN+h93SqzuG5hs5eal597ZvsopVZQu+NM8nmJiTCpow=",
                "1TJJ8/hSQfiXNrwQJopdzJgtcox4aoBHNfYLy1Jgc2I=",
                "EKnkZ/WwfYPkJLECXb+3n3t4VpiRlzAE3nlOMmxqAS4="
              ]
            }
          }
        ],
        "proofs": [
          {
            "checkpoint": "keyfold.local/ec16931bb28a\n52\njFp0Q2busd9rm4rNtqvzJjM16lVcYG1ffOrt4u17JeY=\n\n— keyfold.local/ec16931bb28a VX8nnGP3u/M40AfLiQzhBeqCBy8ijH6Y7BW9uCqmTQ+VNfu71Fh057lF5cUPntWWpMvoeJ7C7tpTVJ/z9wxLW9/uwwg=\n— gateway-1/0 yDogmwAAAABrDSlXVYMWV8EIg4QU20oYaBXLaRQ48e9ULG1K4ClQNXa8/D+gW3CWjElB6NSjjrr/cF35csQEK0d9Wcyl/7t0ElEFDA==\n",
            "inclusion": {
              "leafIndex": 51,
              "treeSize": 52,
              "hashes": [
                "kvWgKgYL5EJlW5HyfbxXTw5M6j3oiuX0BnoNYwjOJR8=",
                "aN+h93SqzuG5hs5eal597ZvsopVZQu+NM8nmJiTCpow=",
                "1TJJ8/hSQfiXNrwQJopdzJgtcox4aoBHNfYLy1Jgc2I=",
                "EKnkZ/WwfYPkJLECXb+3n3t4VpiRlzAE3nlOMmxqAS4="
              ]
            }
          }
        ],
        "statement": "keyfold-receipt/1\nkeyfold.local/ec16931bb28a\n52\ngateway-1 0 applied 52 2026-11-30T07:44:23.428Z\n\n— keyfold.local/ec16931bb28a VX8nnO3YYWPYrUIBdS2BDoF0hvWdNQLO9S8WLM3gQNJ5XPJp1iG0xKoGcAyCp5T4IQNj97kIPTU0ljGPxE0uIZdQLwA=\n"
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
        "id": "01a22b69-694a-745f-ae61-f7d9528a77b1",
        "username": null,
        "displayName": null,
        "email": null,
        "status": "erased",
        "supervisorId": null,
        "roles": [],
        "createdAt": "2026-11-30T07:44:18.253Z"
      }
    }
  },
  "explainDecision": {
    "example": {
      "request": {
        "keyId": "20fIAKfWQGnbbJICxkJGAW",
        "method": "GET",
        "ip": "192.0.2.7"
      },
      "status": 200,
      "answer": {
        "allowed": true,
        "reason": null,
        "decidedAtPosition": 37,
        "at": "2026-11-30T07:44:21.634Z",
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
            "summary": "user/01a22b69-67b8-7579-8d48-aeabc5022928"
          },
          {
            "position": 15,
            "type": "RoleGranted",
            "summary": "user/01a22b69-67b8-7579-8d48-aeabc5022928, roleId api-key-sign-in"
          },
          {
            "position": 30,
            "type": "ApiKeyIssued",
            "summary": "api-key/20fIAKfWQGnbbJICxkJGAW, expiry {\"days\":30}, hint f60D, predecessorId 6VQNruV2JPxsZOJJT9JSxi, rateLimit {\"requests\":100,\"seconds\":60}, readOnly false, s…"
          }
        ]
      }
    }
  },
  "reportKeys": {
    "example": {
      "status": 200,
      "answer": {
        "countedAt": "2026-11-30T07:36:54.226Z",
        "byAge": [
          {
            "fromDays": 0,
            "toDays": 7,
            "keys": 1
          },
          {
            "fromDays": 7,
            "toDays": 30,
            "keys": 0
          },
          {
            "fromDays": 30,
            "toDays": 60,
            "keys": 0
          },
          {
            "fromDays": 60,
            "toDays": 90,
            "keys": 0
          },
          {
            "fromDays": 90,
            "toDays": 180,
            "keys": 0
          },
          {
            "fromDays": 180,
            "toDays": null,
            "keys": 0
          }
        ],
        "byTimeToExpiry": [
          {
            "fromDays": 0,
            "toDays": 1,
            "keys": 0
          },
          {
            "fromDays": 1,
            "toDays": 7,
            "keys": 0
          },
          {
            "fromDays": 7,
            "toDays": 30,
            "keys": 1
          },
          {
            "fromDays": 30,
            "toDays": 60,
            "keys": 0
          },
          {
            "fromDays": 60,
            "toDays": 90,
            "keys": 0
          },
          {
            "fromDays": 90,
            "toDays": null,
            "keys": 0
          }
        ],
        "weeks": [
          {
            "start": "2026-11-23",
            "issued": 0,
            "revoked": 0
          },
          {
            "start": "2026-11-30",
            "issued": 3,
            "revoked": 2
          }
        ]
      }
    }
  },
  "exportLog": {
    "example": {
      "status": 200,
      "answer": "{\"actor\":\"system\",\"correlationId\":\"01a22b69-607e-719e-93cc-a53144b18d08\",\"data\":{\"description\":\"May do everything.\",\"name\":\"Administrator\",\"permissions\":[\"settings.read\",\"settings.manage\",\"roles.read\",\"roles.manage\",\"roles.grant\",\"users.read\",\"users.manage\",\"api-key.generate\",\"api-key.sign-in\",\"api-keys.manage\",\"api-keys.supervise\",\"audit.read\",\"audit.reveal\"],\"system\":true},\"position\":1,\"recordedAt\":\"2026-11-30T07:44:16.038Z\",\"schemaVersion\":1,\"sealed\":{},\"stream\":\"role/administrator\",\"type\":\"RoleCreated\",\"version\":1}\n{\"checkpoint\":\"keyfold.local/ec16931bb28a\\n1\\n7IpSfE0t6FPm9wIgOnyE5dhg6zBFyV0DAzqTQS87oOc=\\n\\n— keyfold.local/ec16931bb28a VX8nnKU2zk3b8H0099xI+uBIcC1OYqxeu4VuTYQNKsjEh+A1wt3L28Zu0h6rIMqZPZssjCABz3l/whaoAZzsqZ3b9wI=\\n\",\"subtrees\":{\"level\":0,\"hashes\":\"7IpSfE0t6FPm9wIgOnyE5dhg6zBFyV0DAzqTQS87oOc=\"}}\n"
    }
  },
  "finishOidcSignIn": {
    "example": {
      "status": 200,
      "answer": {
        "token": "kfs_EXAMPLE-EXAMPLE-EXAMPLE-EXAMPLE-EXAMPLE",
        "expiresAt": "2026-11-30T19:44:21.336Z",
        "user": {
          "id": "01a22b69-67b8-7579-8d48-aeabc5022928",
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
          "createdAt": "2026-11-30T07:44:17.875Z"
        }
      }
    },
    "page": {
      "status": 200,
      "answer": "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Keyfold</title><meta http-equiv=\"refresh\" content=\"0;url='/docs'\"></head>\n<body><p>You are signed in. <a href=\"/docs\">Go on</a></p></body>\n</html>\n"
    }
  },
  "grantRole": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22b69-67b8-7579-8d48-aeabc5022928",
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
        "createdAt": "2026-11-30T07:44:17.875Z"
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
        "id": "6VQNruV2JPxsZOJJT9JSxi",
        "userId": "01a22b69-67b8-7579-8d48-aeabc5022928",
        "username": "dana",
        "name": "Zapier",
        "status": "active",
        "hint": "hrrj",
        "createdAt": "2026-11-30T07:44:19.210Z",
        "createdBy": "user/01a22b69-67b8-7579-8d48-aeabc5022928",
        "expiresAt": "2026-12-30T07:44:19.210Z",
        "effectiveExpiresAt": "2026-12-30T07:44:19.210Z",
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
        "key": "kf_6VQNruV2JPxsZOJJT9JSxi_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM"
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
        "id": "01a22b69-67b8-7579-8d48-aeabc5022928",
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
        "createdAt": "2026-11-30T07:44:17.875Z"
      }
    }
  },
  "listApiKeys": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "6VQNruV2JPxsZOJJT9JSxi",
            "userId": "01a22b69-67b8-7579-8d48-aeabc5022928",
            "username": "dana",
            "name": "Zapier",
            "status": "active",
            "hint": "hrrj",
            "createdAt": "2026-11-30T07:44:19.210Z",
            "createdBy": "user/01a22b69-67b8-7579-8d48-aeabc5022928",
            "expiresAt": "2026-12-30T07:44:19.210Z",
            "effectiveExpiresAt": "2026-12-30T07:44:19.210Z",
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
      "answer": "id,userId,username,name,status,hint,createdAt,createdBy,expiresAt,effectiveExpiresAt,effectiveExpiryBoundBy,accepted,refusalReason,readOnly,scopes,allowedIpRanges,rateLimitRequests,rateLimitSeconds,lastUsedAt,predecessorId,successorId,supersededUntil,revokedAt,revocationReason\r\n6VQNruV2JPxsZOJJT9JSxi,01a22b69-67b8-7579-8d48-aeabc5022928,dana,Zapier,active,hrrj,2026-11-30T07:44:19.210Z,user/01a22b69-67b8-7579-8d48-aeabc5022928,2026-12-30T07:44:19.210Z,2026-12-30T07:44:19.210Z,key,true,,false,invoices:read,,100,60,,,,,,\r\n"
    }
  },
  "listCosignedCheckpoints": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "size": 8,
            "cosignedAt": "2026-11-30T07:44:17.000Z",
            "checkpoint": "keyfold.local/ec16931bb28a\n8\nG52oKmP0wlCLCL3rVOJZQylHZTv/PGx2nlt2VwuaGgw=\n\n— keyfold.local/ec16931bb28a VX8nnNDKCBjIqeBpo25GJdokmdScshp5CwbYq0EIIxMp1drnyq4ezcarL00b15036S31gUGQK8f3XD8ab8Z1AERmVA0=\n— keyfold.local/ec16931bb28a/clock HnhknAAAAABrDSlRypG4eetS4ajzDqDZIXXNmZJNrVhapyErXj4O4klPy9g/O4yKnvDCCxLylZ/in6K+Nd+ozy8aag4isEHlqSbDAg==\n"
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
                "incarnation": "494b9d99-1d48-4ed0-a217-35d16f6b7463",
                "verifierKey": "gateway-1/0+c83a209b+BOj9xYZFcecF0z7dLzi154DytgBnNK/KT0SDZvXeEdZU",
                "fingerprint": "SHA256:dw74X4N1jOvBg7_Cv2vnDqi6Xkg0X0277RYJKGqUORs",
                "enrolled": true,
                "noLease": null,
                "appliedPosition": 52,
                "lagEvents": 0,
                "leaseUntil": "2026-11-30T07:45:23.422Z",
                "lastSeenAt": "2026-11-30T07:44:23.422Z",
                "version": "0.1.0"
              }
            ],
            "appliedPosition": 52,
            "lagEvents": 0,
            "leaseUntil": "2026-11-30T07:45:23.422Z",
            "lastSeenAt": "2026-11-30T07:44:23.422Z",
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
            "id": "b54ff97e-bd29-4708-9e7e-7c59ac6ea4da",
            "type": "ApiKeyRevoked",
            "occurredAt": "2026-11-30T07:44:20.229Z",
            "userId": "01a22b69-67b8-7579-8d48-aeabc5022928",
            "keyId": "6VQNruV2JPxsZOJJT9JSxi",
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
            "id": "6VQNruV2JPxsZOJJT9JSxi",
            "userId": "01a22b69-67b8-7579-8d48-aeabc5022928",
            "username": "dana",
            "name": "Zapier",
            "status": "active",
            "hint": "hrrj",
            "createdAt": "2026-11-30T07:44:19.210Z",
            "createdBy": "user/01a22b69-67b8-7579-8d48-aeabc5022928",
            "expiresAt": "2026-12-30T07:44:19.210Z",
            "effectiveExpiresAt": "2026-12-30T07:44:19.210Z",
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
            "id": "b54ff97e-bd29-4708-9e7e-7c59ac6ea4da",
            "type": "ApiKeyRevoked",
            "occurredAt": "2026-11-30T07:44:20.229Z",
            "userId": "01a22b69-67b8-7579-8d48-aeabc5022928",
            "keyId": "6VQNruV2JPxsZOJJT9JSxi",
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
            "id": "01a22b69-6bfc-70e9-8ad1-1e650e05a255",
            "createdAt": "2026-11-30T07:44:18.940Z",
            "lastSeenAt": "2026-11-30T07:44:18.940Z",
            "expiresAt": "2026-11-30T19:44:18.940Z",
            "address": "127.0.0.1",
            "userAgent": "node",
            "current": false
          },
          {
            "id": "01a22b69-6af2-7641-ab33-919d46478b73",
            "createdAt": "2026-11-30T07:44:18.674Z",
            "lastSeenAt": "2026-11-30T07:44:18.674Z",
            "expiresAt": "2026-11-30T19:44:18.674Z",
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
            "id": "01a22b69-67b8-7579-8d48-aeabc5022928",
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
                "id": "01a22b69-66ce-7187-afe6-3ff826731856",
                "name": "Directory"
              }
            ],
            "createdAt": "2026-11-30T07:44:17.875Z"
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
            "id": "4VhXKGMh0327WAkgd6pshB",
            "userId": "01a22b69-67b8-7579-8d48-aeabc5022928",
            "username": "dana",
            "name": "Reports",
            "status": "active",
            "hint": "6BLx",
            "createdAt": "2026-11-30T07:44:19.320Z",
            "createdBy": "user/first-administrator",
            "expiresAt": "2026-12-07T07:44:19.453Z",
            "effectiveExpiresAt": "2026-12-07T07:44:19.453Z",
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
            "id": "6VQNruV2JPxsZOJJT9JSxi",
            "userId": "01a22b69-67b8-7579-8d48-aeabc5022928",
            "username": "dana",
            "name": "Zapier",
            "status": "active",
            "hint": "hrrj",
            "createdAt": "2026-11-30T07:44:19.210Z",
            "createdBy": "user/01a22b69-67b8-7579-8d48-aeabc5022928",
            "expiresAt": "2026-12-30T07:44:19.210Z",
            "effectiveExpiresAt": "2026-12-30T07:44:19.210Z",
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
  "listUserOidcIdentities": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "G7O8NzCpgFvTPM_AZq16in",
            "issuer": "http://127.0.0.1:41089",
            "subject": "dana-at-the-issuer",
            "linkedAt": "2026-11-30T07:44:19.512Z"
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
            "id": "01a22b69-6c39-7117-83b0-e0b5ee1b939c",
            "createdAt": "2026-11-30T07:44:18.999Z",
            "lastSeenAt": "2026-11-30T07:44:18.999Z",
            "expiresAt": "2026-11-30T19:44:18.999Z",
            "address": "127.0.0.1",
            "userAgent": "node",
            "current": false
          },
          {
            "id": "01a22b69-6af2-7641-ab33-919d46478b73",
            "createdAt": "2026-11-30T07:44:18.674Z",
            "lastSeenAt": "2026-11-30T07:44:18.674Z",
            "expiresAt": "2026-11-30T19:44:18.674Z",
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
            "id": "01a22b69-67b8-7579-8d48-aeabc5022928",
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
                "id": "01a22b69-66ce-7187-afe6-3ff826731856",
                "name": "Directory"
              }
            ],
            "createdAt": "2026-11-30T07:44:17.875Z"
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
            "id": "e63f8117-e904-4d0d-9b39-ebf1debeb128",
            "noticeId": null,
            "type": "WebhookTest",
            "status": "pending",
            "attempts": 1,
            "createdAt": "2026-11-30T07:44:20.821Z",
            "nextAttemptAt": "2026-11-30T07:45:20.841Z",
            "lastAttemptAt": "2026-11-30T07:44:20.841Z",
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
            "id": "0d5142e7-2fd2-475c-a939-5768f34d8a7e",
            "url": "https://hooks.example.org/keyfold",
            "types": [
              "ApiKeyExpiring"
            ],
            "enabled": true,
            "createdAt": "2026-11-30T07:44:20.598Z",
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
        "id": "4VhXKGMh0327WAkgd6pshB",
        "userId": "01a22b69-67b8-7579-8d48-aeabc5022928",
        "username": "dana",
        "name": "Reports",
        "status": "pending",
        "hint": null,
        "createdAt": "2026-11-30T07:44:19.320Z",
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
          "hacb0qiuIMZBYkJ2yhVHGGvzyIVmL2/F/Tk+PivJa+M=",
          "of8cwZaa2f+TeIzuKm9lBUPiYKkL84e4rF6lFZEggEQ=",
          "cIJ2jsBwJXLhGOejLzTIAVGQMn+kyF84QiebFh/CRs0=",
          "WGW3CGYso14J/ihh156x00FitaEYRTPSHqL99hhxnxk="
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
        "checkpoint": "keyfold.local/ec16931bb28a\n8\nG52oKmP0wlCLCL3rVOJZQylHZTv/PGx2nlt2VwuaGgw=\n\n— keyfold.local/ec16931bb28a VX8nnNDKCBjIqeBpo25GJdokmdScshp5CwbYq0EIIxMp1drnyq4ezcarL00b15036S31gUGQK8f3XD8ab8Z1AERmVA0=\n",
        "hashes": [
          "M3CywNkrh2zNUzkHRHxGGnSpSKc2LJWK1fWaeQWzzs8=",
          "vSrs0bk8e5YjZNBAB7GjXQthJydMrvAleO9AX72kD0o=",
          "XUESdCthJ+dMRx4rRZaq37PSqfE63XHZi1Z5HuxnyDg="
        ]
      }
    }
  },
  "reactivateUser": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22b69-694a-745f-ae61-f7d9528a77b1",
        "username": "spare",
        "displayName": null,
        "email": null,
        "status": "active",
        "supervisorId": null,
        "roles": [],
        "createdAt": "2026-11-30T07:44:18.253Z"
      }
    }
  },
  "readApiKey": {
    "example": {
      "status": 200,
      "answer": {
        "id": "6VQNruV2JPxsZOJJT9JSxi",
        "userId": "01a22b69-67b8-7579-8d48-aeabc5022928",
        "username": "dana",
        "name": "Zapier",
        "status": "active",
        "hint": "hrrj",
        "createdAt": "2026-11-30T07:44:19.210Z",
        "createdBy": "user/01a22b69-67b8-7579-8d48-aeabc5022928",
        "expiresAt": "2026-12-30T07:44:19.210Z",
        "effectiveExpiresAt": "2026-12-30T07:44:19.210Z",
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
      "answer": "keyfold.local/ec16931bb28a\n37\n2z54OiUG4GxRMy7WijF2NybojjzR8cwA3RiMnXQQ48s=\n\n— keyfold.local/ec16931bb28a VX8nnCYJdEhRvj4XjjmD5CqSHjKolhsI3orqT3VNxnb/AifiOxSAnqOiGHeTmVYqwobhPq1z+MHIptESs8NQRyPirw8=\n— keyfold.local/ec16931bb28a/clock HnhknAAAAABrDSlVAIq+Sjnci0qSGrII1Zvu4ip4aba7YKIjQ/W8lGU4iHIVUe5Ir7q/il/RHESHr+Ba4by55bDTONkP5eGS/7gcAA==\n"
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
            "leaseUntil": "2026-11-30T07:45:23.422Z",
            "confirmedAt": "2026-11-30T07:44:23.428Z",
            "appliedPosition": 52
          }
        ],
        "position": 52
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
        "correlationId": "01a22b69-607e-719e-93cc-a53144b18d08",
        "data": {
          "supervisorId": null
        },
        "position": 6,
        "recordedAt": "2026-11-30T07:44:16.183Z",
        "schemaVersion": 1,
        "sealed": {
          "username": "YgFTz8R2yaWxyMNI_o8FPXdr7jFAgxrPijtsLwa2UrI"
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
      "answer": "keyfold-cosigner/1\nkeyfold.local/ec16931bb28a\nkeyfold.local/ec16931bb28a/clock+1e78649c+BLXfcJcG8JDRtrI2flgU4hVov2gpM6geh0WYK/ZfMSa4\n\n— keyfold.local/ec16931bb28a VX8nnGucO0XdsrMTpcCzkPHAA58CeRTWYEVW43ig9ddS5zb2DaoAHNQFNKQQhtgFha3nByxsiVBhfEGJ43+8EpdDYQs=\n"
    }
  },
  "readLogPublicKey": {
    "example": {
      "status": 200,
      "answer": "keyfold.local/ec16931bb28a+557f279c+AfTnCF7+IQQYAip6OXDsFZPbzsT3rUrmsLnAK+C75erp\n"
    }
  },
  "readMe": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22b69-67b8-7579-8d48-aeabc5022928",
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
        "createdAt": "2026-11-30T07:44:17.875Z",
        "permissions": [
          "api-key.generate",
          "api-key.sign-in"
        ],
        "initialPassword": false
      }
    }
  },
  "readNotices": {
    "example": {
      "request": {
        "upTo": "b54ff97e-bd29-4708-9e7e-7c59ac6ea4da"
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
        "at": "2026-11-30T07:44:16.056Z",
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
        "id": "01a22b69-66ce-7187-afe6-3ff826731856",
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
        "id": "01a22b69-67b8-7579-8d48-aeabc5022928",
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
            "id": "01a22b69-66ce-7187-afe6-3ff826731856",
            "name": "Directory"
          }
        ],
        "createdAt": "2026-11-30T07:44:17.875Z"
      }
    }
  },
  "readWebhook": {
    "example": {
      "status": 200,
      "answer": {
        "id": "0d5142e7-2fd2-475c-a939-5768f34d8a7e",
        "url": "https://hooks.example.org/keyfold",
        "types": [
          "ApiKeyExpiring"
        ],
        "enabled": true,
        "createdAt": "2026-11-30T07:44:20.598Z",
        "createdBy": "user/first-administrator",
        "previousSecretUntil": null
      }
    }
  },
  "replayWebhookDelivery": {
    "example": {
      "status": 200,
      "answer": {
        "id": "e63f8117-e904-4d0d-9b39-ebf1debeb128",
        "noticeId": null,
        "type": "WebhookTest",
        "status": "pending",
        "attempts": 1,
        "createdAt": "2026-11-30T07:44:20.821Z",
        "nextAttemptAt": "2026-11-30T07:44:26.278Z",
        "lastAttemptAt": "2026-11-30T07:44:20.841Z",
        "lastStatus": null,
        "lastError": "NOT_REACHABLE"
      }
    }
  },
  "reportLeak": {
    "example": {
      "request": {
        "key": "kf_6VQNruV2JPxsZOJJT9JSxi_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM"
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
        "id": "4VhXKGMh0327WAkgd6pshB",
        "userId": "01a22b69-67b8-7579-8d48-aeabc5022928",
        "username": "dana",
        "name": "Reports",
        "status": "revoked",
        "hint": "6BLx",
        "createdAt": "2026-11-30T07:44:19.320Z",
        "createdBy": "user/first-administrator",
        "expiresAt": "2026-12-07T07:44:19.453Z",
        "effectiveExpiresAt": "2026-12-07T07:44:19.453Z",
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
        "revokedAt": "2026-11-30T07:44:19.974Z",
        "revocationReason": "AFFILIATION_CHANGED"
      }
    },
    "waited": {
      "request": {
        "reason": "UNSPECIFIED"
      },
      "status": 200,
      "answer": {
        "id": "20fIAKfWQGnbbJICxkJGAW",
        "userId": "01a22b69-67b8-7579-8d48-aeabc5022928",
        "username": "dana",
        "name": "Zapier",
        "status": "revoked",
        "hint": "f60D",
        "createdAt": "2026-11-30T07:44:19.848Z",
        "createdBy": "user/01a22b69-67b8-7579-8d48-aeabc5022928",
        "expiresAt": "2026-12-30T07:44:19.848Z",
        "effectiveExpiresAt": "2026-12-30T07:44:19.848Z",
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
        "predecessorId": "6VQNruV2JPxsZOJJT9JSxi",
        "successorId": null,
        "supersededUntil": null,
        "revokedAt": "2026-11-30T07:44:23.409Z",
        "revocationReason": "UNSPECIFIED",
        "confirmation": {
          "status": "confirmed",
          "position": 52,
          "gateways": [
            {
              "gatewayId": "gateway-1",
              "appliedPosition": 52,
              "by": "applied",
              "confirmedAt": "2026-11-30T07:44:23.428Z",
              "leaseUntil": "2026-11-30T07:45:23.422Z"
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
            "6VQNruV2JPxsZOJJT9JSxi"
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
            "keyId": "6VQNruV2JPxsZOJJT9JSxi",
            "username": "dana",
            "name": "Zapier",
            "effectiveExpiresAt": "2026-12-30T07:44:19.210Z",
            "lastUsedAt": null
          }
        ]
      }
    },
    "example": {
      "request": {
        "filter": {
          "keyIds": [
            "6VQNruV2JPxsZOJJT9JSxi"
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
        "id": "20fIAKfWQGnbbJICxkJGAW",
        "userId": "01a22b69-67b8-7579-8d48-aeabc5022928",
        "username": "dana",
        "name": "Zapier",
        "status": "active",
        "hint": "f60D",
        "createdAt": "2026-11-30T07:44:19.848Z",
        "createdBy": "user/01a22b69-67b8-7579-8d48-aeabc5022928",
        "expiresAt": "2026-12-30T07:44:19.848Z",
        "effectiveExpiresAt": "2026-12-30T07:44:19.848Z",
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
        "predecessorId": "6VQNruV2JPxsZOJJT9JSxi",
        "successorId": null,
        "supersededUntil": null,
        "revokedAt": null,
        "revocationReason": null,
        "key": "kf_20fIAKfWQGnbbJICxkJGAW_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM"
      }
    }
  },
  "rotateWebhookSecret": {
    "example": {
      "status": 200,
      "answer": {
        "id": "0d5142e7-2fd2-475c-a939-5768f34d8a7e",
        "url": "https://hooks.example.org/keyfold",
        "types": null,
        "enabled": true,
        "createdAt": "2026-11-30T07:44:20.598Z",
        "createdBy": "user/first-administrator",
        "previousSecretUntil": "2026-12-01T07:44:20.930Z",
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
        "expiresAt": "2026-11-30T19:44:18.674Z",
        "user": {
          "id": "01a22b69-67b8-7579-8d48-aeabc5022928",
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
          "createdAt": "2026-11-30T07:44:17.875Z"
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
        "countedAt": "2026-11-30T07:44:19.522Z",
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
        "id": "e63f8117-e904-4d0d-9b39-ebf1debeb128",
        "noticeId": null,
        "type": "WebhookTest",
        "status": "pending",
        "attempts": 0,
        "createdAt": "2026-11-30T07:44:20.821Z",
        "nextAttemptAt": "2026-11-30T07:44:20.821Z",
        "lastAttemptAt": null,
        "lastStatus": null,
        "lastError": null
      }
    }
  },
  "unlinkOidcIdentity": {
    "example": {
      "status": 204
    }
  },
  "withdrawRole": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22b69-67b8-7579-8d48-aeabc5022928",
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
        "createdAt": "2026-11-30T07:44:17.875Z"
      }
    }
  }
};
