// Made by `TEST_RECORD_EXAMPLES=1 npm test -- openapi-examples`: what the real service answered. Do not edit.
import type { OperationExamples } from './api-docs.js';

export const EXAMPLES: OperationExamples = {
  "acknowledgeFork": {
    "example": {
      "request": {
        "position": 53,
        "checkpoint": "keyfold.local/3c80de192a21\n100000\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n\n— keyfold.local/3c80de192a21 EGGQZiappjnE89D8GCZgCBlMjqsLE4voVEUqqSp581Yzs3lECtM7O7SsqYCCf4A52z6rpT4ejPnwxXdRtcskNmho5ww=\n"
      },
      "status": 200,
      "answer": {
        "origin": "keyfold.local/3c80de192a21/fork-7c28882ea5b3",
        "previousOrigin": "keyfold.local/3c80de192a21",
        "publicKey": "keyfold.local/3c80de192a21/fork-7c28882ea5b3+3d0f2a06+AaOyjzsf0B38hlzJ0VVmJuVKExW03NZYJ4wmcLfbThEH"
      }
    }
  },
  "approveGateway": {
    "example": {
      "request": {
        "verifierKeys": [
          "gateway-1/0+6bb07722+BMXL5tcNNQBwXQuNrG7ShBaqDYh+q8TCFp6k0sP63Q3Z"
        ]
      },
      "status": 200,
      "answer": {
        "gatewayId": "gateway-1",
        "verifierKeys": [
          "gateway-1/0+6bb07722+BMXL5tcNNQBwXQuNrG7ShBaqDYh+q8TCFp6k0sP63Q3Z"
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
        "id": "01a22c1f-6e94-7573-9643-18d1cc48fbe8",
        "name": "Directory",
        "description": "Reads who there is.",
        "permissions": [
          "roles.read",
          "users.read"
        ],
        "system": false
      }
    },
    "dryRun": {
      "request": {
        "permissions": [
          "roles.read"
        ]
      },
      "status": 200,
      "answer": {
        "affected": {
          "users": 1,
          "keys": 0
        },
        "permissions": [
          {
            "permission": "users.read",
            "gain": 0,
            "lose": 1
          }
        ],
        "sample": []
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
        "id": "01a22c1f-6f23-7187-a798-dc547f6a21dd",
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
            "id": "01a22c1f-6e94-7573-9643-18d1cc48fbe8",
            "name": "Directory"
          }
        ],
        "createdAt": "2026-11-30T11:03:07.312Z"
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
        "id": "140b0d39-8539-419d-a5df-7887b4d84f98",
        "url": "https://hooks.example.org/keyfold",
        "types": null,
        "enabled": true,
        "createdAt": "2026-11-30T11:03:10.862Z",
        "createdBy": "user/first-administrator",
        "previousSecretUntil": null
      }
    }
  },
  "claimApiKey": {
    "example": {
      "status": 200,
      "answer": {
        "id": "2VRhAvpWjXqAw7w49IaNmB",
        "userId": "01a22c1f-6f23-7187-a798-dc547f6a21dd",
        "username": "dana",
        "name": "Reports",
        "status": "active",
        "hint": "dfja",
        "createdAt": "2026-11-30T11:03:09.930Z",
        "createdBy": "user/first-administrator",
        "expiresAt": "2026-12-07T11:03:10.004Z",
        "effectiveExpiresAt": "2026-12-07T11:03:10.004Z",
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
        "key": "kf_2VRhAvpWjXqAw7w49IaNmB_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM"
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
        "id": "01a22c1f-6e94-7573-9643-18d1cc48fbe8",
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
        "id": "01a22c1f-6f23-7187-a798-dc547f6a21dd",
        "username": "dana",
        "displayName": "Dana Reyes",
        "email": "dana@example.org",
        "status": "active",
        "supervisorId": null,
        "roles": [],
        "createdAt": "2026-11-30T11:03:07.312Z"
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
        "id": "140b0d39-8539-419d-a5df-7887b4d84f98",
        "url": "https://hooks.example.org/keyfold",
        "types": [
          "ApiKeyExpiring"
        ],
        "enabled": true,
        "createdAt": "2026-11-30T11:03:10.862Z",
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
        "id": "01a22c1f-72e1-707e-b414-dceec6aeb763",
        "username": "spare",
        "displayName": null,
        "email": null,
        "status": "deactivated",
        "supervisorId": null,
        "roles": [],
        "createdAt": "2026-11-30T11:03:08.260Z"
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
      "answer": "c2sp.org/tlog-proof@v1\nindex 5\ne2BQ8I5CY5kHIiFbq6t+xj3V6tqNQq3LPAV5DqlGXbo=\nchmPnBG+uPTrrxhSYo1B4YxKPpqqx7XA3lH/90CR1fY=\n2Q8rKXYHAMRvDD+zwbzTNMOE/A1RkhhzIDrP0k/9zwM=\n\nkeyfold.local/c188c9588e72\n8\nQLs3WpBcVDH5bW/Zs4xB/fPswyHs/LvoQfddRAu5GsA=\n\n— keyfold.local/c188c9588e72 M++Q2ggZJxyHPPF6bxs6vNdPT0bzGCd3Vwz9wLFhLABmmXDiSk3b3b5qn6vtH4oP1EH8TIofgUNXlXLxVVRKCPQz2Qg=\n"
    }
  },
  "downloadReceipt": {
    "example": {
      "status": 200,
      "answer": {
        "format": "keyfold-receipt/1",
        "position": 52,
        "leaf": "eyJhY3RvciI6InVzZXIvMDFhMjJjMWYtNmYyMy03MTg3LWE3OTgtZGM1NDdmNmEyMWRkIiwiY29ycmVsYXRpb25JZCI6IjAxYTIyYzFmLThjNmQtNzFjZS05ZGZkLTdkYmIzOGQ0OTNjYiIsImRhdGEiOnsicmVhc29uIjoiVU5TUEVDSUZJRUQifSwicG9zaXRpb24iOjUyLCJyZWNvcmRlZEF0IjoiMjAyNi0xMS0zMFQxMTowMzoxNC44MDRaIiwic2NoZW1hVmVyc2lvbiI6MSwic2VhbGVkIjp7fSwic3RyZWFtIjoiYXBpLWtleS82M1pWeVh4Z2tDMjRjSUh6R2dBcldoIiwidHlwZSI6IkFwaUtleVJldm9rZWQiLCJ2ZXJzaW9uIjoyfQ==",
        "enrolments": [
          {
            "leaf": "eyJhY3RvciI6InN5c3RlbSIsImNvcnJlbGF0aW9uSWQiOiIwMWEyMmMxZi04YjIxLTcwM2UtOWNkNC03NTBiZjRjOGM4MDEiLCJkYXRhIjp7ImdhdGV3YXlJZCI6ImdhdGV3YXktMSIsInByb2Nlc3MiOiIwIiwidmVyaWZpZXJLZXkiOiJnYXRld2F5LTEvMCs2YmIwNzcyMitCTVhMNXRjTk5RQndYUXVOckc3U2hCYXFEWWgrcThUQ0ZwNmswc1A2M1EzWiJ9LCJwb3NpdGlvbiI6NTEsInJlY29yZGVkQXQiOiIyMDI2LTExLTMwVDExOjAzOjE0LjQ3MloiLCJzY2hlbWFWZXJzaW9uIjoxLCJzZWFsZWQiOnt9LCJzdHJlYW0iOiJnYXRld2F5L2dhdGV3YXktMSIsInR5cGUiOiJHYXRld2F5RW5yb2xsZWQiLCJ2ZXJzaW9uIjoxfQ==",
            "inclusion": {
              "leafIndex": 50,
              "treeSize": 52,
              "hashes": [
                "slsv0nVmLL5An6viHjl2HR70SvR1+6kEgm4nXkDhSVw=",
                "Cgyf9Ec4BeNTre6cYTWtwhdHpq/2kdR9EG94YWkuFBM=",
                "noyhL4rlFescn/OkrVItZWP4P6MZ2ND41hx5/6/Zu+M=",
                "1z6V/CKftmCbFkgJOri6m+Y3k852mbns07IuuIkyJY0="
              ]
            }
          }
        ],
        "proofs": [
          {
            "checkpoint": "keyfold.local/c188c9588e72\n52\n24gs20Bay4zPao9VRuaM2KsMqO9cuSv33bzbhkgNto8=\n\n— keyfold.local/c188c9588e72 M++Q2ubmFJCkpiQEy/SgLA1JOwYkfrPGjxk1Fkcji+1Mjgwxqvrvc8pEmkUENrA8ag2pSobOQL26KqxC7pqf7X1j9Q4=\n— gateway-1/0 a7B3IgAAAABrDVfyjNF4GjVURJysIibRJcSACHj/TghK4cRJyqCw7U3+QqvE7mnKmrdDczGU7PK7SPiJBt5Of0HcDtVi2d+rLPE2Cw==\n",
            "inclusion": {
              "leafIndex": 51,
              "treeSize": 52,
              "hashes": [
                "KooojqvAXTmACZcspTGJpPrBRKFxdNoUkDJ+2jHCV1E=",
                "Cgyf9Ec4BeNTre6cYTWtwhdHpq/2kdR9EG94YWkuFBM=",
                "noyhL4rlFescn/OkrVItZWP4P6MZ2ND41hx5/6/Zu+M=",
                "1z6V/CKftmCbFkgJOri6m+Y3k852mbns07IuuIkyJY0="
              ]
            }
          }
        ],
        "statement": "keyfold-receipt/1\nkeyfold.local/c188c9588e72\n52\ngateway-1 0 applied 52 2026-11-30T11:03:14.861Z\n\n— keyfold.local/c188c9588e72 M++Q2qbwU+7TgRKIzdjUq1cP9oOCiYRzr2+PbKQz9VZcd/rpbghWLV5c8XzYtlEPGhdeV/jbg7bWSaEzTSxok1m6kw0=\n"
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
        "id": "01a22c1f-72e1-707e-b414-dceec6aeb763",
        "username": null,
        "displayName": null,
        "email": null,
        "status": "erased",
        "supervisorId": null,
        "roles": [],
        "createdAt": "2026-11-30T11:03:08.260Z"
      }
    }
  },
  "explainDecision": {
    "example": {
      "request": {
        "keyId": "63ZVyXxgkC24cIHzGgArWh",
        "method": "GET",
        "ip": "192.0.2.7"
      },
      "status": 200,
      "answer": {
        "allowed": true,
        "reason": null,
        "decidedAtPosition": 37,
        "at": "2026-11-30T11:03:12.123Z",
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
            "summary": "user/01a22c1f-6f23-7187-a798-dc547f6a21dd"
          },
          {
            "position": 15,
            "type": "RoleGranted",
            "summary": "user/01a22c1f-6f23-7187-a798-dc547f6a21dd, roleId api-key-sign-in"
          },
          {
            "position": 30,
            "type": "ApiKeyIssued",
            "summary": "api-key/63ZVyXxgkC24cIHzGgArWh, expiry {\"days\":30}, hint GRTt, predecessorId 2QLBb0ANMebI9oMNalLJiA, rateLimit {\"requests\":100,\"seconds\":60}, readOnly false, s…"
          }
        ]
      }
    }
  },
  "exportLog": {
    "example": {
      "status": 200,
      "answer": "{\"actor\":\"system\",\"correlationId\":\"01a22c1f-6461-71a6-8f4c-d8dbc363051c\",\"data\":{\"description\":\"May do everything.\",\"name\":\"Administrator\",\"permissions\":[\"settings.read\",\"settings.manage\",\"roles.read\",\"roles.manage\",\"roles.grant\",\"users.read\",\"users.manage\",\"api-key.generate\",\"api-key.sign-in\",\"api-keys.manage\",\"api-keys.supervise\",\"audit.read\",\"audit.reveal\"],\"system\":true},\"position\":1,\"recordedAt\":\"2026-11-30T11:03:04.577Z\",\"schemaVersion\":1,\"sealed\":{},\"stream\":\"role/administrator\",\"type\":\"RoleCreated\",\"version\":1}\n{\"checkpoint\":\"keyfold.local/c188c9588e72\\n1\\nP6Njn3h1vaut6nvJ6T/4Bq8HqMkzUnDub9GhHykvayo=\\n\\n— keyfold.local/c188c9588e72 M++Q2lTbbY/R0iJxJTzVofssDCU50ad6rwGvio4R9lUO751fTuIHANxLD8hLvKqAtxxXU7RrkparsFMt0/I4rptw6ww=\\n\",\"subtrees\":{\"level\":0,\"hashes\":\"P6Njn3h1vaut6nvJ6T/4Bq8HqMkzUnDub9GhHykvayo=\"}}\n"
    }
  },
  "finishOidcSignIn": {
    "example": {
      "status": 200,
      "answer": {
        "token": "kfs_EXAMPLE-EXAMPLE-EXAMPLE-EXAMPLE-EXAMPLE",
        "expiresAt": "2026-11-30T23:03:11.958Z",
        "user": {
          "id": "01a22c1f-6f23-7187-a798-dc547f6a21dd",
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
          "createdAt": "2026-11-30T11:03:07.312Z"
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
        "id": "01a22c1f-6f23-7187-a798-dc547f6a21dd",
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
        "createdAt": "2026-11-30T11:03:07.312Z"
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
        "id": "2QLBb0ANMebI9oMNalLJiA",
        "userId": "01a22c1f-6f23-7187-a798-dc547f6a21dd",
        "username": "dana",
        "name": "Zapier",
        "status": "active",
        "hint": "ZBS7",
        "createdAt": "2026-11-30T11:03:09.839Z",
        "createdBy": "user/01a22c1f-6f23-7187-a798-dc547f6a21dd",
        "expiresAt": "2026-12-30T11:03:09.839Z",
        "effectiveExpiresAt": "2026-12-30T11:03:09.839Z",
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
        "key": "kf_2QLBb0ANMebI9oMNalLJiA_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM"
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
        "id": "01a22c1f-6f23-7187-a798-dc547f6a21dd",
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
        "createdAt": "2026-11-30T11:03:07.312Z"
      }
    }
  },
  "listApiKeys": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "2QLBb0ANMebI9oMNalLJiA",
            "userId": "01a22c1f-6f23-7187-a798-dc547f6a21dd",
            "username": "dana",
            "name": "Zapier",
            "status": "active",
            "hint": "ZBS7",
            "createdAt": "2026-11-30T11:03:09.839Z",
            "createdBy": "user/01a22c1f-6f23-7187-a798-dc547f6a21dd",
            "expiresAt": "2026-12-30T11:03:09.839Z",
            "effectiveExpiresAt": "2026-12-30T11:03:09.839Z",
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
      "answer": "id,userId,username,name,status,hint,createdAt,createdBy,expiresAt,effectiveExpiresAt,effectiveExpiryBoundBy,accepted,refusalReason,readOnly,scopes,allowedIpRanges,rateLimitRequests,rateLimitSeconds,lastUsedAt,predecessorId,successorId,supersededUntil,revokedAt,revocationReason\r\n2QLBb0ANMebI9oMNalLJiA,01a22c1f-6f23-7187-a798-dc547f6a21dd,dana,Zapier,active,ZBS7,2026-11-30T11:03:09.839Z,user/01a22c1f-6f23-7187-a798-dc547f6a21dd,2026-12-30T11:03:09.839Z,2026-12-30T11:03:09.839Z,key,true,,false,invoices:read,,100,60,,,,,,\r\n"
    }
  },
  "listCosignedCheckpoints": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "size": 8,
            "cosignedAt": "2026-11-30T11:03:06.000Z",
            "checkpoint": "keyfold.local/c188c9588e72\n8\nQLs3WpBcVDH5bW/Zs4xB/fPswyHs/LvoQfddRAu5GsA=\n\n— keyfold.local/c188c9588e72 M++Q2ggZJxyHPPF6bxs6vNdPT0bzGCd3Vwz9wLFhLABmmXDiSk3b3b5qn6vtH4oP1EH8TIofgUNXlXLxVVRKCPQz2Qg=\n— keyfold.local/c188c9588e72/clock qXgquwAAAABrDVfq8R90z8bYdSRqsvyfLKjWmywEtOQ5rY1ueHhSS38FtDpgLOk5x8f2MZo7DgCAsSUsTEl8sw9/HvCDYSgNr/lVCg==\n"
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
                "incarnation": "222e57fe-de46-40db-9dca-f77f1b6352c4",
                "verifierKey": "gateway-1/0+6bb07722+BMXL5tcNNQBwXQuNrG7ShBaqDYh+q8TCFp6k0sP63Q3Z",
                "fingerprint": "SHA256:E5vhN5TlT3g56nnpmISQw-EgVONKJJiIKfLox99oVbE",
                "enrolled": true,
                "noLease": null,
                "appliedPosition": 52,
                "lagEvents": 0,
                "leaseUntil": "2026-11-30T11:04:14.850Z",
                "lastSeenAt": "2026-11-30T11:03:14.850Z",
                "version": "0.1.0"
              }
            ],
            "appliedPosition": 52,
            "lagEvents": 0,
            "leaseUntil": "2026-11-30T11:04:14.850Z",
            "lastSeenAt": "2026-11-30T11:03:14.850Z",
            "version": "0.1.0"
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listLostRecords": {
    "example": {
      "status": 200,
      "answer": {
        "items": [],
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
            "id": "1119ea4c-0d25-4758-ba15-19b340542b60",
            "type": "ApiKeyRevoked",
            "occurredAt": "2026-11-30T11:03:10.578Z",
            "userId": "01a22c1f-6f23-7187-a798-dc547f6a21dd",
            "keyId": "2QLBb0ANMebI9oMNalLJiA",
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
            "id": "2QLBb0ANMebI9oMNalLJiA",
            "userId": "01a22c1f-6f23-7187-a798-dc547f6a21dd",
            "username": "dana",
            "name": "Zapier",
            "status": "active",
            "hint": "ZBS7",
            "createdAt": "2026-11-30T11:03:09.839Z",
            "createdBy": "user/01a22c1f-6f23-7187-a798-dc547f6a21dd",
            "expiresAt": "2026-12-30T11:03:09.839Z",
            "effectiveExpiresAt": "2026-12-30T11:03:09.839Z",
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
            "id": "1119ea4c-0d25-4758-ba15-19b340542b60",
            "type": "ApiKeyRevoked",
            "occurredAt": "2026-11-30T11:03:10.578Z",
            "userId": "01a22c1f-6f23-7187-a798-dc547f6a21dd",
            "keyId": "2QLBb0ANMebI9oMNalLJiA",
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
            "id": "01a22c1f-77a3-7681-bfe4-3649ffb31d4e",
            "createdAt": "2026-11-30T11:03:09.472Z",
            "lastSeenAt": "2026-11-30T11:03:09.472Z",
            "expiresAt": "2026-11-30T23:03:09.472Z",
            "address": "127.0.0.1",
            "userAgent": "node",
            "current": false
          },
          {
            "id": "01a22c1f-74d3-701e-b9d6-e56f3a790029",
            "createdAt": "2026-11-30T11:03:08.753Z",
            "lastSeenAt": "2026-11-30T11:03:08.753Z",
            "expiresAt": "2026-11-30T23:03:08.753Z",
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
            "id": "01a22c1f-6f23-7187-a798-dc547f6a21dd",
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
                "id": "01a22c1f-6e94-7573-9643-18d1cc48fbe8",
                "name": "Directory"
              }
            ],
            "createdAt": "2026-11-30T11:03:07.312Z"
          }
        ],
        "nextCursor": null,
        "total": 1
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
            "id": "2VRhAvpWjXqAw7w49IaNmB",
            "userId": "01a22c1f-6f23-7187-a798-dc547f6a21dd",
            "username": "dana",
            "name": "Reports",
            "status": "active",
            "hint": "dfja",
            "createdAt": "2026-11-30T11:03:09.930Z",
            "createdBy": "user/first-administrator",
            "expiresAt": "2026-12-07T11:03:10.004Z",
            "effectiveExpiresAt": "2026-12-07T11:03:10.004Z",
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
            "id": "2QLBb0ANMebI9oMNalLJiA",
            "userId": "01a22c1f-6f23-7187-a798-dc547f6a21dd",
            "username": "dana",
            "name": "Zapier",
            "status": "active",
            "hint": "ZBS7",
            "createdAt": "2026-11-30T11:03:09.839Z",
            "createdBy": "user/01a22c1f-6f23-7187-a798-dc547f6a21dd",
            "expiresAt": "2026-12-30T11:03:09.839Z",
            "effectiveExpiresAt": "2026-12-30T11:03:09.839Z",
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
            "id": "pxQQ8s9c3d6Wwz33GF4Ynb",
            "issuer": "http://127.0.0.1:43219",
            "subject": "dana-at-the-issuer",
            "linkedAt": "2026-11-30T11:03:11.391Z"
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
            "id": "01a22c1f-783d-7343-bdfc-aff7993dee9a",
            "createdAt": "2026-11-30T11:03:09.628Z",
            "lastSeenAt": "2026-11-30T11:03:09.628Z",
            "expiresAt": "2026-11-30T23:03:09.628Z",
            "address": "127.0.0.1",
            "userAgent": "node",
            "current": false
          },
          {
            "id": "01a22c1f-74d3-701e-b9d6-e56f3a790029",
            "createdAt": "2026-11-30T11:03:08.753Z",
            "lastSeenAt": "2026-11-30T11:03:08.753Z",
            "expiresAt": "2026-11-30T23:03:08.753Z",
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
            "id": "01a22c1f-6f23-7187-a798-dc547f6a21dd",
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
                "id": "01a22c1f-6e94-7573-9643-18d1cc48fbe8",
                "name": "Directory"
              }
            ],
            "createdAt": "2026-11-30T11:03:07.312Z"
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
            "id": "e02ec9ad-6024-4809-8b7e-b4d459a24e26",
            "noticeId": null,
            "type": "WebhookTest",
            "status": "pending",
            "attempts": 0,
            "createdAt": "2026-11-30T11:03:11.211Z",
            "nextAttemptAt": "2026-11-30T11:03:11.211Z",
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
            "id": "140b0d39-8539-419d-a5df-7887b4d84f98",
            "url": "https://hooks.example.org/keyfold",
            "types": [
              "ApiKeyExpiring"
            ],
            "enabled": true,
            "createdAt": "2026-11-30T11:03:10.862Z",
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
        "id": "2VRhAvpWjXqAw7w49IaNmB",
        "userId": "01a22c1f-6f23-7187-a798-dc547f6a21dd",
        "username": "dana",
        "name": "Reports",
        "status": "pending",
        "hint": null,
        "createdAt": "2026-11-30T11:03:09.930Z",
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
          "mU5gMUPQaWgu+3h9uuuklNh96Gi9jUvZ1HubCTpYtzg=",
          "o3Cz0KU3ZDVYR/0oadEVDBqkE+RUvyNNt3MfBi+HdtI=",
          "CvKtcPRHi5T+Ku++h9Wb4mSx7EXXhd7byNnDjzlM3Yo=",
          "BypX0U0FXHKpA5RRTPON04BbBTuzvI051F/66xmD+d8="
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
        "checkpoint": "keyfold.local/c188c9588e72\n8\nQLs3WpBcVDH5bW/Zs4xB/fPswyHs/LvoQfddRAu5GsA=\n\n— keyfold.local/c188c9588e72 M++Q2ggZJxyHPPF6bxs6vNdPT0bzGCd3Vwz9wLFhLABmmXDiSk3b3b5qn6vtH4oP1EH8TIofgUNXlXLxVVRKCPQz2Qg=\n",
        "hashes": [
          "e2BQ8I5CY5kHIiFbq6t+xj3V6tqNQq3LPAV5DqlGXbo=",
          "chmPnBG+uPTrrxhSYo1B4YxKPpqqx7XA3lH/90CR1fY=",
          "2Q8rKXYHAMRvDD+zwbzTNMOE/A1RkhhzIDrP0k/9zwM="
        ]
      }
    }
  },
  "reactivateUser": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22c1f-72e1-707e-b414-dceec6aeb763",
        "username": "spare",
        "displayName": null,
        "email": null,
        "status": "active",
        "supervisorId": null,
        "roles": [],
        "createdAt": "2026-11-30T11:03:08.260Z"
      }
    }
  },
  "readApiKey": {
    "example": {
      "status": 200,
      "answer": {
        "id": "2QLBb0ANMebI9oMNalLJiA",
        "userId": "01a22c1f-6f23-7187-a798-dc547f6a21dd",
        "username": "dana",
        "name": "Zapier",
        "status": "active",
        "hint": "ZBS7",
        "createdAt": "2026-11-30T11:03:09.839Z",
        "createdBy": "user/01a22c1f-6f23-7187-a798-dc547f6a21dd",
        "expiresAt": "2026-12-30T11:03:09.839Z",
        "effectiveExpiresAt": "2026-12-30T11:03:09.839Z",
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
      "answer": "keyfold.local/c188c9588e72\n37\nA80z6W5Gry6PWUfIRBta2IZM9zhUa/tXLMtRwFa4+Uc=\n\n— keyfold.local/c188c9588e72 M++Q2oJXknzk0cncKY2Rte2Q1fIHeySXl9gHMQTmfPck+V91J92frg7XJQ1uiaiPQCa0jojKp2YONt/oFa8/We2t1gc=\n— keyfold.local/c188c9588e72/clock qXgquwAAAABrDVfwcv15i7g0VlQO/uG7zqM7W2lJzfh/aGFKBl+lp3GRaos8N//qTYt2p0qY0Yj7qfgYTmjPHfNKF7hUr3S7MxCoCg==\n"
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
            "leaseUntil": "2026-11-30T11:04:14.850Z",
            "confirmedAt": "2026-11-30T11:03:14.861Z",
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
        "correlationId": "01a22c1f-6461-71a6-8f4c-d8dbc363051c",
        "data": {
          "supervisorId": null
        },
        "position": 6,
        "recordedAt": "2026-11-30T11:03:04.694Z",
        "schemaVersion": 1,
        "sealed": {
          "username": "WW9MCdZ2CLzh1vD0_zRb3HENG9JiVc-gccYkomtIs3A"
        },
        "stream": "user/first-administrator",
        "type": "UserCreated",
        "version": 1
      }
    }
  },
  "readForks": {
    "example": {
      "status": 200,
      "answer": {
        "origin": "keyfold.local/35deab258a87",
        "publicKey": "keyfold.local/35deab258a87+6b3c7a98+AaBwXIJgASA3lyiL2q7K8ItROJj63/auPZgNaS9Zsbe3",
        "fork": {
          "position": 53,
          "checkpoint": "keyfold.local/35deab258a87\n100000\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n\n— keyfold.local/35deab258a87 azx6mJ0u9Xezq9/jdnE+8o9htFbPee+/xdopnsg4zsP8TtbLXTTAbbQCeXDQ6PMN2gMe+9qztGIHu2YWZ0dLtN44lwA=\n",
          "size": 100000
        },
        "confirms": false,
        "acknowledged": []
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
      "answer": "keyfold-cosigner/1\nkeyfold.local/c188c9588e72\nkeyfold.local/c188c9588e72/clock+a9782abb+BBSYqnzhKAf+tmX3jSBYDipRYVE0S9k+wSjae2dytVDt\n\n— keyfold.local/c188c9588e72 M++Q2se5pVro67dZHu3HYuMjEgL/LR5eMRmUpZN849htQa1VOvkKv4e3FAacwTCgrclyOz7JVhYjkKu/A1Tig5dQUQE=\n"
    }
  },
  "readLogPublicKey": {
    "example": {
      "status": 200,
      "answer": "keyfold.local/c188c9588e72+33ef90da+AQPXpN5jm5rEt+ms4rx2xka4crwu2uAmSUDrk8skmLDV\n"
    }
  },
  "readMe": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22c1f-6f23-7187-a798-dc547f6a21dd",
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
        "createdAt": "2026-11-30T11:03:07.312Z",
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
        "upTo": "1119ea4c-0d25-4758-ba15-19b340542b60"
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
        "at": "2026-11-30T11:03:04.590Z",
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
        "id": "01a22c1f-6e94-7573-9643-18d1cc48fbe8",
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
        "id": "01a22c1f-6f23-7187-a798-dc547f6a21dd",
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
            "id": "01a22c1f-6e94-7573-9643-18d1cc48fbe8",
            "name": "Directory"
          }
        ],
        "createdAt": "2026-11-30T11:03:07.312Z"
      }
    }
  },
  "readWebhook": {
    "example": {
      "status": 200,
      "answer": {
        "id": "140b0d39-8539-419d-a5df-7887b4d84f98",
        "url": "https://hooks.example.org/keyfold",
        "types": [
          "ApiKeyExpiring"
        ],
        "enabled": true,
        "createdAt": "2026-11-30T11:03:10.862Z",
        "createdBy": "user/first-administrator",
        "previousSecretUntil": null
      }
    }
  },
  "replayWebhookDelivery": {
    "example": {
      "status": 200,
      "answer": {
        "id": "e02ec9ad-6024-4809-8b7e-b4d459a24e26",
        "noticeId": null,
        "type": "WebhookTest",
        "status": "pending",
        "attempts": 0,
        "createdAt": "2026-11-30T11:03:11.211Z",
        "nextAttemptAt": "2026-11-30T11:03:11.211Z",
        "lastAttemptAt": null,
        "lastStatus": null,
        "lastError": null
      }
    }
  },
  "reportKeys": {
    "example": {
      "status": 200,
      "answer": {
        "countedAt": "2026-11-30T11:03:12.194Z",
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
  "reportLeak": {
    "example": {
      "request": {
        "key": "kf_2QLBb0ANMebI9oMNalLJiA_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM"
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
        "id": "2VRhAvpWjXqAw7w49IaNmB",
        "userId": "01a22c1f-6f23-7187-a798-dc547f6a21dd",
        "username": "dana",
        "name": "Reports",
        "status": "revoked",
        "hint": "dfja",
        "createdAt": "2026-11-30T11:03:09.930Z",
        "createdBy": "user/first-administrator",
        "expiresAt": "2026-12-07T11:03:10.004Z",
        "effectiveExpiresAt": "2026-12-07T11:03:10.004Z",
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
        "revokedAt": "2026-11-30T11:03:10.422Z",
        "revocationReason": "AFFILIATION_CHANGED"
      }
    },
    "waited": {
      "request": {
        "reason": "UNSPECIFIED"
      },
      "status": 200,
      "answer": {
        "id": "63ZVyXxgkC24cIHzGgArWh",
        "userId": "01a22c1f-6f23-7187-a798-dc547f6a21dd",
        "username": "dana",
        "name": "Zapier",
        "status": "revoked",
        "hint": "GRTt",
        "createdAt": "2026-11-30T11:03:10.334Z",
        "createdBy": "user/01a22c1f-6f23-7187-a798-dc547f6a21dd",
        "expiresAt": "2026-12-30T11:03:10.334Z",
        "effectiveExpiresAt": "2026-12-30T11:03:10.334Z",
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
        "predecessorId": "2QLBb0ANMebI9oMNalLJiA",
        "successorId": null,
        "supersededUntil": null,
        "revokedAt": "2026-11-30T11:03:14.804Z",
        "revocationReason": "UNSPECIFIED",
        "confirmation": {
          "status": "confirmed",
          "position": 52,
          "gateways": [
            {
              "gatewayId": "gateway-1",
              "appliedPosition": 52,
              "by": "applied",
              "confirmedAt": "2026-11-30T11:03:14.861Z",
              "leaseUntil": "2026-11-30T11:04:14.850Z"
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
            "2QLBb0ANMebI9oMNalLJiA"
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
            "keyId": "2QLBb0ANMebI9oMNalLJiA",
            "username": "dana",
            "name": "Zapier",
            "effectiveExpiresAt": "2026-12-30T11:03:09.839Z",
            "lastUsedAt": null
          }
        ]
      }
    },
    "example": {
      "request": {
        "filter": {
          "keyIds": [
            "2QLBb0ANMebI9oMNalLJiA"
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
        "id": "63ZVyXxgkC24cIHzGgArWh",
        "userId": "01a22c1f-6f23-7187-a798-dc547f6a21dd",
        "username": "dana",
        "name": "Zapier",
        "status": "active",
        "hint": "GRTt",
        "createdAt": "2026-11-30T11:03:10.334Z",
        "createdBy": "user/01a22c1f-6f23-7187-a798-dc547f6a21dd",
        "expiresAt": "2026-12-30T11:03:10.334Z",
        "effectiveExpiresAt": "2026-12-30T11:03:10.334Z",
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
        "predecessorId": "2QLBb0ANMebI9oMNalLJiA",
        "successorId": null,
        "supersededUntil": null,
        "revokedAt": null,
        "revocationReason": null,
        "key": "kf_63ZVyXxgkC24cIHzGgArWh_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM"
      }
    }
  },
  "rotateWebhookSecret": {
    "example": {
      "status": 200,
      "answer": {
        "id": "140b0d39-8539-419d-a5df-7887b4d84f98",
        "url": "https://hooks.example.org/keyfold",
        "types": null,
        "enabled": true,
        "createdAt": "2026-11-30T11:03:10.862Z",
        "createdBy": "user/first-administrator",
        "previousSecretUntil": "2026-12-01T11:03:11.316Z",
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
        "expiresAt": "2026-11-30T23:03:08.753Z",
        "user": {
          "id": "01a22c1f-6f23-7187-a798-dc547f6a21dd",
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
          "createdAt": "2026-11-30T11:03:07.312Z"
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
        "countedAt": "2026-11-30T11:03:10.138Z",
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
        "id": "e02ec9ad-6024-4809-8b7e-b4d459a24e26",
        "noticeId": null,
        "type": "WebhookTest",
        "status": "pending",
        "attempts": 0,
        "createdAt": "2026-11-30T11:03:11.211Z",
        "nextAttemptAt": "2026-11-30T11:03:11.211Z",
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
        "id": "01a22c1f-6f23-7187-a798-dc547f6a21dd",
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
        "createdAt": "2026-11-30T11:03:07.312Z"
      }
    }
  }
};
