// What opens beside the microphone's and the camera's button: the devices, while the meeting goes on.
import { BlurSwitch, DeviceSelect, LevelMeter, SpeakerTest, useDevices } from "./DeviceSelect";

export function MicMenu() {
  const { audio } = useDevices();
  return (
    <div className="column device-menu">
      <DeviceSelect kind="microphone" />
      <LevelMeter track={audio} />
      <DeviceSelect kind="speaker" />
      <div><SpeakerTest /></div>
    </div>
  );
}

export function CameraMenu() {
  return <div className="column device-menu"><DeviceSelect kind="camera" /><BlurSwitch explain /></div>;
}
