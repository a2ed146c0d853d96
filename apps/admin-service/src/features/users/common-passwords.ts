import { dictionary } from '@zxcvbn-ts/language-common';

/**
 * What people and attackers try first, in lower case. Passwords have at least 12 characters here, so the entries are
 * the long ones of published lists of leaked passwords, and the short stems that are commonly made longer with digits
 * and signs.
 */
const LIST = `
password passwort passw0rd p@ssword p@ssw0rd pa55word motdepasse contrasena contraseña wachtwoord
passwordpassword password1password mypassword thepassword yourpassword newpassword oldpassword changeme changemenow
pleasechangeme changeit letmein letmeinnow letmeinplease iloveyou iloveyouforever iloveyousomuch ilovemyself
welcome welcometo welcomehome welcomeback qwerty qwertyuiop qwertyuiopasdf qwertyuiopasdfghjkl qwertyqwerty
qwerty123456 qwertz qwertzuiop azerty azertyuiop asdfgh asdfghjkl asdfghjkl; asdfasdfasdf zxcvbnm zxcvbnmzxcvbnm
1q2w3e4r5t6y 1qaz2wsx3edc 1qaz2wsx3edc4rfv q1w2e3r4t5y6 qazwsxedcrfv zaq12wsxcde3 qweasdzxc qweasdzxc123 1234qwerasdf
123456789012 1234567890123 12345678901234 123456789012345 1234567890123456 012345678901 123123123123 111111111111
000000000000 112233445566 121212121212 987654321098 098765432109 123412341234 123456123456 12345671234567
abcdefghijkl abcdefghijklm abcdefghijklmnopqrstuvwxyz abcdefgh abcabcabcabc abcd1234abcd abc123abc123 a1b2c3d4e5f6
admin administrator adminadmin adminadminadmin adminpassword administrator1 rootroot rootpassword superuser superadmin
supervisor sysadmin operator test testtest testtesttest testpassword testing testuser guest guestguest default
defaultpassword secret secretsecret secretpassword topsecret master masterkey trustno1 trustno1trustno1 sunshine
princess princessprincess football baseball basketball superman batman spiderman starwars pokemon pokemonpokemon
dragon monkey monkeymonkey shadow michael jennifer jordan liverpool chelsea arsenal manchesterunited liverpoolfc
chocolate butterfly elephant computer internet samsung microsoft google facebook facebookpassword linkedin
whatever whateverwhatever nothing mustang corvette cheese cookie summer winter spring autumn hello hellohello
helloworld hello world goodmorning goodmorning123 godisgood jesuschrist jesusislord blessed freedom killer hunter
hunter2 keyfold keyfoldkeyfold keyfoldadmin keyfoldpassword apikey apikeyapikey
`;

export const COMMON_STEMS: ReadonlySet<string> = new Set(LIST.split(/\s+/).filter((entry) => entry !== ''));

/** Some 49,000 of the passwords that leaks show most often, in lower case. */
export const LEAKED_PASSWORDS: ReadonlySet<string> = new Set(dictionary['passwords-common']);
